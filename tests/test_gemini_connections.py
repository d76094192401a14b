"""The connections over which answers of Gemini come: kept, trusted, and for greenlets, too."""

from __future__ import annotations

import gc
import json
import os
import socket
import ssl
import subprocess
import sys
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from certificates import self_signed
from gemini_emulator import Emulator
from gemini_room import ask, calmly, dripping, event, head, hear_out, service_of

from ragwidget.engines.file_search.exchange import Prompt
from ragwidget.engines.gemini import Gemini
from ragwidget.engines.protocol import Said

SAID = event(candidates=[{"content": {"parts": [{"text": "At nine."}]}}])
ENDED = event(candidates=[{"finishReason": "STOP"}])
ROOT = Path(__file__).parents[1]
GREENLETS = """
from gevent import monkey
monkey.patch_all()
import json, sys, time
from gevent.pool import Pool
from ragwidget.engines.file_search.exchange import Options, Prompt
from ragwidget.engines.gemini import Gemini
from ragwidget.engines.protocol import Said

url, key, count = sys.argv[1:]
service = Gemini(Options(key, url, connections=int(count)))

def hear(number):
    line, text = service.stream(Prompt("Answer.", (Said("visitor", f"{number}?"),), 0.5)), ""
    while (news := line.hear(5)) is not None:
        text += "".join(part for heard in news for part in heard.parts)
    return text

hear(0)
began = time.monotonic()
texts = Pool(int(count)).map(hear, range(int(count)))
print(json.dumps([len(texts), len(set(texts)), time.monotonic() - began]))
"""


@pytest.fixture(autouse=True)
def calm(gemini: Emulator) -> Iterator[None]:
    """Forget what a test did to the emulator, and wait for all readers to go."""
    yield from calmly(gemini)


def test_one_connection_serves_one_answer_after_the_other(gemini: Emulator) -> None:
    service = service_of(gemini, connections=1)

    answers = [ask(service, "").text for _ in range(3)]

    assert len(set(answers)) == 1
    assert len(service._lean._connections._idle) == 1


def test_an_answer_that_was_heard_leaves_nothing_to_be_collected(gemini: Emulator) -> None:
    service = service_of(gemini)
    ask(service, "")
    gc.collect()
    gc.disable()
    try:
        line = service.stream(Prompt("Answer.", (Said("visitor", "When?"),), 0.5))
        while line.hear(5) is not None:
            pass
        reply = weakref.ref(line._reply)
        del line
        assert reply() is None
    finally:
        gc.enable()


def test_a_connection_that_was_closed_at_rest_is_not_used_again(gemini: Emulator) -> None:
    body = SAID + ENDED
    reply = head().replace(b"Connection: close", b"Content-Length: %d" % len(body)) + body
    with socket.create_server(("127.0.0.1", 0)) as server:
        service = service_of(gemini, base_url=f"http://127.0.0.1:{server.getsockname()[1]}")
        for _ in range(2):
            with ThreadPoolExecutor(1) as pool:
                heard = pool.submit(ask, service, "")
                connection, _ = server.accept()
                with connection:
                    hear_out(connection)
                    connection.sendall(reply)
                    assert heard.result(5).text == "At nine."


def test_answers_come_over_tls_from_whom_the_machine_trusts(
    gemini: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    self_signed(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    pieces = [head(), SAID, 0.3, ENDED]
    for trusted, text in ((True, "At nine."), (False, "")):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate if trusted else tmp_path / "none.pem"))
        (tmp_path / "none.pem").write_text("")
        with dripping(*pieces, context=context) as address:
            service = Gemini(replace(service_of(gemini).options, base_url=address))
            heard = ask(service, "")
        assert heard.text == text
        if not trusted:
            assert heard.failure
            assert heard.failure.code == "engine_unreachable"


def test_where_a_proxy_stands_in_between_the_client_reads(
    gemini: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = replace(service_of(gemini).options, base_url="http://gemini.invalid")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTP_PROXY", gemini.url)

    heard = ask(Gemini(options), "")

    assert heard.finish.reason == "stop"
    [request] = gemini.requests("streamGenerateContent")
    assert "google-genai-sdk" in request["headers"]["user-agent"]


def test_a_hundred_greenlets_hear_answers_at_once(gemini: Emulator) -> None:
    gemini.pace(chunk_ms=50, chunks=10)

    told = subprocess.run(
        [sys.executable, "-c", GREENLETS, gemini.url, gemini.key, "100"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    count, different, seconds = json.loads(told.stdout)
    assert (count, different) == (100, 1)
    assert seconds < 25  # one after the other they would take twice as long
