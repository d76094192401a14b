"""Opening foreign addresses: only public ones, never too long, never too much."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ragwidget.errors import Refusal
from ragwidget.ingest import network
from ragwidget.ingest.addresses import AddressInvalid, AddressNotPublic, is_public, parse
from ragwidget.ingest.fetch import Fetched, TooLarge, TooSlow, WrongType, fetch
from ragwidget.ingest.network import NotReachable

HERE = frozenset({"127.0.0.1"})
requests: list[tuple[str, dict[str, str]]] = []


class Site(BaseHTTPRequestHandler):
    """A website with a page for every way to misbehave."""

    def do_GET(self) -> None:
        requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        name = self.path.strip("/").partition("?")[0] or "page"
        with suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, name)()

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for header, value in {"Content_Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def page(self) -> None:
        self.answer(b"<p>Hello</p>", Set_Cookie="id=1")

    def packed(self) -> None:
        self.answer(gzip.compress(b"<p>Hello</p>"), Content_Encoding="gzip")

    def bomb(self) -> None:
        self.answer(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")

    def endless(self) -> None:
        self.answer()
        while True:
            self.wfile.write(b"x" * 65536)

    def drip(self) -> None:
        self.answer()
        while True:
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def silent(self) -> None:
        time.sleep(3)

    def drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.drip()

    def picture(self) -> None:
        self.answer(b"\x89PNG", Content_Type="image/png")

    def gone(self) -> None:
        self.answer(b"gone", 404)

    def moved(self) -> None:
        self.answer(status=302, Location="/page?from=moved")

    def loop(self) -> None:
        self.answer(status=302, Location="/loop")

    def inside(self) -> None:
        self.answer(status=302, Location="http://169.254.169.254/latest/meta-data/")

    def to_file(self) -> None:
        self.answer(status=302, Location="file:///etc/passwd")

    def to_localhost(self) -> None:
        self.answer(status=302, Location=f"http://localhost:{self.server.server_address[1]}/page")


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def get(site: str) -> Callable[..., Fetched]:
    requests.clear()
    return lambda path="/", **how: fetch(site + path, **{"allow_private": HERE, **how})


def test_it_fetches_a_page(get: Callable[..., Fetched], site: str) -> None:
    page = get("/page?q=ä b")

    assert (page.url, page.status, page.body) == (f"{site}/page?q=%C3%A4%20b", 200, b"<p>Hello</p>")
    assert page.content_type == "text/html"


def test_it_unpacks_what_is_packed(get: Callable[..., Fetched]) -> None:
    assert get("/packed").body == b"<p>Hello</p>"


def test_it_follows_redirects_without_cookies(get: Callable[..., Fetched], site: str) -> None:
    assert get("/moved").url == f"{site}/page?from=moved"
    assert [path for path, _ in requests] == ["/moved", "/page?from=moved"]
    assert all("cookie" not in sent and "authorization" not in sent for _, sent in requests)


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/inside", AddressInvalid | AddressNotPublic),
        ("/to_localhost", AddressInvalid | AddressNotPublic),
        ("/to_file", AddressInvalid),
        ("/loop", NotReachable),
        ("/gone", NotReachable),
        ("/picture", WrongType),
    ],
)
def test_it_refuses_where_a_page_leads(
    get: Callable[..., Fetched], path: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(Refusal) as refused:
        get(path)

    assert isinstance(refused.value, refusal)
    assert refused.value.status == 422
    assert len(requests) <= 6


def test_it_judges_a_redirect_within_the_allowed_ports_by_its_address(
    get: Callable[..., Fetched], site: str
) -> None:
    port = int(site.rpartition(":")[2])
    with pytest.raises(AddressNotPublic):
        get("/to_localhost", ports=frozenset({port}))

    assert [path for path, _ in requests] == ["/to_localhost"]


@pytest.mark.parametrize("path", ["/bomb", "/endless"])
def test_it_stops_at_the_size_limit(get: Callable[..., Fetched], path: str) -> None:
    with pytest.raises(TooLarge):
        get(path, max_bytes=1_000_000)


def test_it_waits_for_a_silent_website_a_moment_and_not_until_the_time_limit(
    get: Callable[..., Fetched], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "_PATIENCE", 0.2)
    began = time.monotonic()
    with pytest.raises(TooSlow):
        get("/silent", max_seconds=60)
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize("path", ["/drip", "/drip_headers"])
def test_it_stops_at_the_time_limit_however_a_page_drips(
    get: Callable[..., Fetched], path: str
) -> None:
    started = time.monotonic()
    with pytest.raises(TooSlow):
        get(path, max_seconds=0.5)

    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "[fc00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_it_refuses_private_addresses_in_every_spelling(host: str) -> None:
    with pytest.raises(AddressNotPublic):
        fetch(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "//example.org/",
        "http://",
        "http://user:secret@example.org/",
        "http://@example.org/",
        "http://example.org:22/",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://[::1/",
        "http://example.org\\@evil.test/",
        "https://" + "a" * 3000,
        "javascript:alert(1)",
        "",
    ],
)
def test_it_refuses_what_is_no_web_address(url: str) -> None:
    with pytest.raises(AddressInvalid):
        fetch(url, resolve=lambda *_: ["8.8.8.8"])


def test_it_connects_to_the_very_address_it_judged(site: str) -> None:
    asked = []

    def changes_its_mind(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["192.0.2.1"]

    with pytest.raises(AddressNotPublic):
        fetch("http://rebinding.test/", resolve=changes_its_mind)
    assert asked == ["rebinding.test"]


def test_it_refuses_a_name_that_is_public_and_private_at_once() -> None:
    with pytest.raises(AddressNotPublic):
        fetch("http://both.test/", resolve=lambda *_: ["8.8.8.8", "127.0.0.1"])


def test_it_names_a_website_that_does_not_exist() -> None:
    def nobody(_host: str, _port: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(NotReachable, match="no website called nowhere"):
        fetch("http://nowhere.test/", resolve=nobody)


def test_it_says_when_nobody_answers() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(NotReachable):
            fetch(f"http://127.0.0.1:{port}/", allow_private=HERE)


def test_it_asks_for_the_name_at_the_address_it_judged(site: str) -> None:
    port = int(site.rpartition(":")[2])
    requests.clear()
    page = fetch(
        f"http://Bakery.test:{port}/",
        allow_private=frozenset({"bakery.test"}),
        resolve=lambda *_: ["127.0.0.1"],
    )

    assert page.body == b"<p>Hello</p>"
    assert requests[0][1]["host"] == f"bakery.test:{port}"


def test_it_speaks_encryption_only_with_valid_certificates(site: str) -> None:
    with pytest.raises(NotReachable):
        fetch(site.replace("http:", "https:"), allow_private=HERE)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"]
)
def test_it_lets_public_addresses_pass(address: str) -> None:
    assert is_public(address)


def test_it_spells_international_names_as_the_wire_wants_them() -> None:
    assert str(parse("https://bücher.example/Öl")) == "https://xn--bcher-kva.example/%C3%96l"
