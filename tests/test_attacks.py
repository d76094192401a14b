"""What Mallory tried, and what must come of it."""

from __future__ import annotations

import io
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cast import PASSWORD, Owner, Visitor, csrf_of, owner, sign_in, victor_at
from flask import Flask
from flask.testing import FlaskClient
from live import hear, serving
from programs import Program
from sqlalchemy import select
from structlog.testing import capture_logs

from ragwidget import chatbots
from ragwidget.extensions import db
from ragwidget.models import Source
from ragwidget.networks import counted_address
from ragwidget.web.bodies import FORM_BYTES
from ragwidget.web.rendering import render

MakeHouse = Callable[..., Flask]


def test_it_lets_others_write_while_a_body_drips_in(
    make_app: Callable[..., Flask], sqlite: Any, tmp_path: Path
) -> None:
    house = make_app(sqlite.copy())
    with serving(house.config["SQLALCHEMY_DATABASE_URI"], tmp_path, 1) as [server]:
        victor = victor_at(house)
        ask = {"chatbot_id": victor.chatbot_id, "message": "count to 1"}
        start = hear(server.call("POST", "/chat", **ask))[0][2]
        token, path = start["conversation"]["token"], f"/messages/{start['message_id']}/feedback"
        with socket.create_connection(("127.0.0.1", server.port)) as slow:
            slow.sendall(
                f"PUT /api/v1{path} HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
                "Content-Length: 500\r\n\r\n{".encode()
            )
            time.sleep(0.5)
            began = time.monotonic()
            events = hear(server.call("POST", "/chat", **ask))
            assert events[-1][1] == "done"
            assert time.monotonic() - began < 8  # it was 10 s and a 503
    sqlite.forget()


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/account/password"])
def test_it_takes_no_large_body_from_a_stranger(app: Flask, path: str) -> None:
    too_much = {"email": "x" * (FORM_BYTES + 1)}

    assert app.test_client().post(path, data=too_much).status_code == 413


@pytest.mark.parametrize("body", ["1", "[1, 2]", '{"name": 1}', "[" * 100_000])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/forgotten-password"])
def test_it_takes_forms_where_forms_belong(app: Flask, path: str, body: str) -> None:
    answer = app.test_client().post(path, data=body, content_type="application/json")

    assert answer.status_code == 415


def test_it_slows_guessing_down_at_every_door_of_the_sign_in(make_house: MakeHouse) -> None:
    app = make_house(SIGN_IN_ATTEMPTS="5 per minute", TWO_FACTOR=True)
    client = app.test_client()
    doors = ["/tf-validate", "/account/password", "/mf-recovery", "/sign-in", "/account/verify"]
    for path in doors:
        client.post(path, data={"code": "123456"})
    answer = client.post("/tf-validate", data={"code": "123456"})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_it_slows_guessing_down_at_one_account_from_many_addresses(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragwidget.web.guessing.TRIES_AT_ACCOUNT", "4 per hour")
    app = make_house()
    hers = ("Alice@Example.org ", "alice@ｅxample.org", "alice@example。org", "alice@𝐞𝐱ample.ORG")
    seen = [
        app.test_client()
        .post(
            "/sign-in",
            data={"email": spelled, "password": "wrong"},
            environ_base={"REMOTE_ADDR": f"198.51.100.{number}"},
        )
        .status_code
        for number, spelled in enumerate([*hers, *hers[:2]])
    ]

    assert seen[4:] == [429, 429]


def test_a_stranger_who_guesses_does_not_lock_the_owner_out(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragwidget.web.guessing.TRIES_AT_ACCOUNT", "4 per hour")
    app = make_house()
    alice, bob = sign_in(app, "alice@example.org"), sign_in(app, "bob@example.org")
    alice.post("/sign-out", data={"csrf_token": csrf_of(alice, "/account/password")})
    bob.post("/sign-out", data={"csrf_token": csrf_of(bob, "/account/password")})
    marked = alice.get_cookie("ragwidget_known")
    assert marked
    for _ in range(6):
        guess(app.test_client())

    assert guess(app.test_client()) == guess(bob) == 429  # Bob's mark opens nothing of hers
    assert guess(alice, PASSWORD) == 302
    thief = app.test_client()
    thief.set_cookie("ragwidget_known", marked.value)
    assert [guess(thief) for _ in range(5)][-1] == 429  # and hers bears no more than any other


def guess(client: FlaskClient, password: str = "a guess") -> int:
    fields = {"email": "alice@example.org", "password": password}
    token = csrf_of(client, "/sign-in")
    return client.post("/sign-in", data={**fields, "csrf_token": token}).status_code


def test_nobodys_mailbox_is_filled_and_guessing_shuts_no_way_back_in(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragwidget.web.guessing.TRIES_AT_ACCOUNT", "1 per hour")
    app = make_house()
    statuses = {}
    for email in ("alice@example.org", "nobody@example.org"):
        client = app.test_client()
        token = csrf_of(client, "/forgotten-password")
        for _ in range(3):
            client.post("/sign-in", data={"email": email, "password": "x"})
        fields = {"email": email, "csrf_token": token}
        with capture_logs() as logs:
            statuses[email] = [
                client.post("/forgotten-password", data=fields).status_code for _ in range(12)
            ]
        assert sum(entry["event"] == "mail" for entry in logs) <= 10

    assert set(map(tuple, statuses.values())) == {(200,) * 10 + (429,) * 2}


def test_nothing_that_is_typed_gets_into_the_head_of_a_mail(make_house: MakeHouse) -> None:
    app = make_house(CONFIRM_EMAIL=True)
    folds = (
        "\r\nBcc: mallory@evil.test",
        "\nSubject: x",
        "%0d%0aBcc: x",
        "\u2028Bcc: x",
        "\0",
        ",m@x.y",
    )
    with capture_logs() as logs:
        for number, fold in enumerate(folds):
            client = app.test_client()
            fields = {"csrf_token": csrf_of(client, "/sign-up"), "organization": f"Carol{fold}"}
            fields |= {"password": "a long enough one", "password_confirm": "a long enough one"}
            client.post("/sign-up", data={**fields, "email": f"carol{number}@example.org"})
            for email in (f"eve@example.org{fold}", f"eve{fold}@example.org"):
                client.post("/sign-up", data={**fields, "email": email})
                client.post("/forgotten-password", data={**fields, "email": email})

    mails = [entry for entry in logs if entry["event"] == "mail"]
    assert len(mails) >= len(folds)
    for mail in mails:
        assert re.fullmatch(r"(carol\d|eve)@example\.org", mail["to"]), mail["to"]
        assert mail["subject"].isprintable()
        assert "Bcc" not in mail["body"]


def test_a_file_is_known_by_its_bare_name_and_never_given_back(make_house: MakeHouse) -> None:
    app = make_house()
    with app.app_context():
        alice = owner("alice@example.org")
    client = sign_in(app, alice.email)
    sources = f"/dashboard/chatbots/{alice.chatbot_id}/sources"
    trick = b"<svg xmlns='http://www.w3.org/2000/svg' onload='ran(1)'><script>ran(2)</script></svg>"
    names = ("../../evil.svg", "C:/x/evil.html", "in\u202evoice.txt", "a\r\nSet-Cookie: x=y.md")
    for number, name in enumerate(names):
        files = {"files": (io.BytesIO(trick + b" " * number), name)}
        client.post(sources, data={**files, "csrf_token": csrf_of(client, sources)})

    with app.app_context():
        titles = set(db.session.scalars(select(Source.title).filter_by(kind="file")))
        ids = list(db.session.scalars(select(Source.id).filter_by(chatbot_id=alice.chatbot_id)))
    assert titles <= {"evil.svg", "evil.html", "invoice.txt", "aSet-Cookie: x=y.md"}
    assert len(titles) >= 3
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.arguments <= {"chatbot_id", "source_id"} and "GET" in (rule.methods or ()):
            for source_id in ids:
                values = {"chatbot_id": alice.chatbot_id, "source_id": source_id}
                path = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
                answer = client.get(path)
                assert answer.mimetype in {"text/html", "application/json"}, path
                assert trick not in answer.data, path
                if not rule.arguments & {"source_id"}:
                    break


def test_it_counts_a_whole_ipv6_network_as_one(make_house: MakeHouse) -> None:
    app = make_house(ADDRESS_QUESTIONS_PER_HOUR=3)
    seen = []
    for number in range(6):
        visitor = victor_at(app, address=f"2001:db8:1:2::{number:x}")
        seen.append(visitor.send("Anybody there?").status_code)
    neighbour = victor_at(app, address="2001:db8:1:3::1").send("And here?")

    assert seen == [200, 200, 200, 429, 429, 429]
    assert neighbour.status_code == 200
    with app.test_request_context(environ_base={"REMOTE_ADDR": "::ffff:203.0.113.9"}):
        assert counted_address() == "203.0.113.9"


@pytest.mark.parametrize("host", ["evil.example", "a" * 64, "evil.example:9", "x y", "[::zz]"])
def test_it_answers_to_its_own_name_only(make_house: MakeHouse, host: str) -> None:
    app = make_house(PUBLIC_URL="https://chat.example.org")

    assert app.test_client().get("/sign-in", headers={"Host": host}).status_code == 400


def test_it_calls_itself_by_its_public_address_in_mails(make_house: MakeHouse) -> None:
    app = make_house(PUBLIC_URL="https://chat.example.org")
    client = app.test_client()
    page = client.get("/forgotten-password", base_url="https://chat.example.org").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    with capture_logs() as logs:
        client.post(
            "/forgotten-password",
            base_url="https://chat.example.org",
            data={"email": "alice@example.org", "csrf_token": token[1] if token else ""},
            headers={"Host": "chat.example.org:6666", "Referer": "https://chat.example.org/"},
        )

    [mail] = [entry for entry in logs if entry["event"] == "mail"]
    assert "https://chat.example.org/forgotten-password/" in mail["body"]
    assert "6666" not in mail["body"]


def test_nothing_beside_a_method_makes_another_of_it(make_house: MakeHouse) -> None:
    app = make_house()
    program, victor = Program(app), victor_at(app)
    victor.ask("When does the shop open?")
    thread, hers = f"/conversations/{victor.conversation_id}", program.chatbot
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
    told = {"headers": dict.fromkeys(names, "DELETE"), "query_string": {"_method": "DELETE"}}

    assert victor.get(thread, **told).status_code == program.get(hers, **told).status_code == 200
    assert victor.post(thread, data={"_method": "DELETE"}, **told).status_code == 405
    assert program.post(hers, {"_method": "DELETE"}, **told).status_code == 405
    assert len(victor.messages()) == 2
    assert program.get(hers).status_code == 200


def test_it_logs_no_token_of_a_link(make_house: MakeHouse) -> None:
    app = make_house()
    with capture_logs() as logs:
        app.test_client().get("/forgotten-password/a-live-token")

    assert "a-live-token" not in repr(logs)


def test_it_keeps_private_pages_out_of_caches(app: Flask, victor: Visitor) -> None:
    alice = sign_in(app, "alice@example.org")
    victor.ask("When does the shop open?")
    for answer in (
        alice.get("/dashboard/"),
        app.test_client().get("/sign-in"),
        victor.get("/conversations"),
    ):
        assert "no-store" in answer.headers["Cache-Control"], answer.headers
    public = app.test_client().get(f"/api/v1/chatbots/{victor.chatbot_id}")
    assert public.headers["ETag"]
    assert "no-store" not in public.headers["Cache-Control"]


def test_it_remembers_a_bounded_number_of_strangers_websites(app: Flask, alice: Owner) -> None:
    with app.app_context():
        for number in range(60):
            chatbots.note_sighting(alice.chatbot_id, f"https://phish{number}.example", False)
        chatbots.note_sighting(alice.chatbot_id, "https://new.alice.example", True)
        seen = [sighting.origin for sighting in chatbots.sightings(alice.chatbot_id)]

    assert len(seen) <= chatbots.MOST_SIGHTINGS
    assert "https://new.alice.example" in seen


def test_it_counts_whole_answers_among_those_that_wait(make_house: MakeHouse) -> None:
    app = make_house(MAX_STREAMS=2)
    victor = victor_at(app)
    streams = [victor.send("count"), victor.send("count")]
    refused = victor.send("count", stream=False)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    for stream in streams:
        stream.close()

    assert victor.send("count", stream=False).status_code == 200
    refusals = [victor.send("", stream=False) for _ in range(3)]
    assert {refusal.status_code for refusal in refusals} == {422}
    assert victor.send("count", stream=False).status_code == 200, "no refusal keeps a place"


def test_it_keeps_what_it_stores_from_other_users_of_the_machine(
    make_house: MakeHouse, tmp_path: Path
) -> None:
    app = make_house(INSTANCE=str(tmp_path / "new"))

    assert Path(app.instance_path).stat().st_mode & 0o077 == 0


def test_it_spends_no_seconds_on_awkward_marks() -> None:
    text = "banana is yellow. " + "_" * 19_900
    marks = [(19_000 + 2 * number, number) for number in range(1, 21)]
    began = time.process_time()
    html = render(text, marks, "m")

    assert html.count('href="#m') == len(marks)
    assert time.process_time() - began < 3  # it was 7 s
