"""Where a member is led after signing in: wherever a link says, but never out of the house."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urljoin, urlsplit

from cast import PASSWORD, csrf_of
from flask import Flask

EVIL = (
    *("https://mallory.example", "HTTPS://MALLORY.EXAMPLE", "http:mallory.example"),
    *("//mallory.example", "///mallory.example", "////mallory.example", "/\\mallory.example"),
    *("\\\\mallory.example", "\\/mallory.example", "/\t/mallory.example", "\t//mallory.example"),
    *("/\n/mallory.example", " //mallory.example", "\x19//mallory.example", "/./\\mallory.example"),
    *("https:/mallory.example", "https:\\\\mallory.example", "//\u2025/mallory.example"),
    *("https://localhost@mallory.example", "https://localhost:80@mallory.example/"),
    *(
        "//localhost\\@mallory.example",
        "http://localhost\\.mallory.example",
        "//mallory%E3%80%82example",
    ),
    *(
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
    ),
    *("data:text/html,x", "vbscript:x", "//mallory.example/%2e%2e", "/%5cmallory.example"),
    *("/%09/mallory.example", "/%2f/mallory.example", "https://mallory.example#@localhost/"),
    *("//mallory.example:80", "//[::1]", "//0x7f000001", "x:y", "?next=//mallory.example"),
)
HERE = "http://localhost/"


def landing(location: str) -> str:
    """Return where a browser would go, which strips and turns what the standard says it should."""
    stripped = location.strip("".join(map(chr, range(33))))
    for sign in "\t\n\r":
        stripped = stripped.replace(sign, "")
    return urljoin(HERE, stripped.replace("\\", "/"))


def test_no_disguise_leads_out_of_the_house(make_house: Callable[..., Flask]) -> None:
    app = make_house()
    led = 0
    for number, evil in enumerate(EVIL):
        client = app.test_client()
        fields = {"email": "alice@example.org", "password": PASSWORD}
        fields["csrf_token"] = csrf_of(client, "/sign-in")
        if number % 2:
            answer = client.post("/sign-in", data={**fields, "next": evil})
        else:
            answer = client.post("/sign-in?next=" + quote(evil), data=fields)

        assert answer.status_code in {200, 302}, evil
        if answer.status_code == 302:
            led += 1
            to = urlsplit(landing(answer.location))
            assert (to.scheme, to.netloc) == ("http", "localhost"), (evil, answer.location)
    assert led > 5  # the rest was refused before anybody was led


def test_a_member_still_gets_where_they_were_going(make_house: Callable[..., Flask]) -> None:
    client = make_house().test_client()
    fields = {"email": "alice@example.org", "password": PASSWORD}
    fields["csrf_token"] = csrf_of(client, "/sign-in")
    answer = client.post("/sign-in?next=/dashboard/organization", data=fields)

    assert answer.location == "/dashboard/organization"
