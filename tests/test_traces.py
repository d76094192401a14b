"""What a trace tells: how long a request, its answer and its statements took, and no words."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cast import owner
from databases import SQLite
from flask import Flask
from live import eventually, hear, serving
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

WORD = "quokkaburger"
FORGED = f"00-{'ab' * 16}-{'cd' * 8}-01"  # a stranger's word for whose trace theirs belongs to


class Collector(ThreadingHTTPServer):
    """Takes traces in, as Jaeger and its like do."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.bodies: list[bytes] = []

    def spans(self) -> list[Span]:
        """Return all that was told so far."""
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        zipped = self.headers.get("Content-Encoding") == "gzip"
        assert self.path == "/v1/traces"
        self.server.bodies.append(gzip.decompress(body) if zipped else body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on this machine."""
    with Collector() as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        yield collector
        collector.shutdown()


def seconds(span: Span) -> float:
    return (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9


def said(span: Span) -> dict[str, str | int]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_an_answer_has_a_span_until_its_last_word_and_no_word_of_it(
    sqlite: SQLite, make_app: Callable[..., Flask], collector: Collector, tmp_path: Path
) -> None:
    address = sqlite.copy()
    with make_app(address).app_context():
        chatbot_id = str(owner("alice@example.org").chatbot_id)
    where = f"http://127.0.0.1:{collector.server_port}"

    with serving(address, tmp_path, TRACES_URL=where) as (server,):
        start = hear(
            server.call(
                "POST", "/chat", chatbot_id=chatbot_id, message=f"repeat {WORD} and count to 12"
            ),
            until=3,  # and hang up: the answer goes on by itself
        )[0][2]
        titles = f"/api/v1/chatbots/{chatbot_id}/sources?search={WORD}"
        server.request("GET", titles, headers={"traceparent": FORGED}).read()
        hear(server.call("POST", "/chat", chatbot_id=chatbot_id, message=f"break {WORD}"))
        eventually(lambda: sum(span.name == "answer" for span in collector.spans()) == 2)
        server.stop()  # sends what it has kept back

    spans = collector.spans()
    by_id = {span.span_id: span for span in spans}
    whole, broken = sorted(
        (span for span in spans if span.name == "answer"), key=seconds, reverse=True
    )
    asked = by_id[whole.parent_span_id]
    below = [span for span in spans if span.parent_span_id == whole.span_id]
    engine = next(span for span in below if span.name.startswith("engine"))
    assert (asked.name, asked.parent_span_id) == ("POST /api/v1/chat", b"")
    assert said(asked)["http.response.status_code"] == 200
    assert seconds(asked) < 1.0 < 1.2 <= seconds(engine) <= seconds(whole)
    assert [event.name for event in engine.events] == ["first text"]
    assert "UPDATE" in {span.name for span in below}
    assert said(whole)["message_id"] == start["message_id"]
    assert said(whole)["conversation_id"] == start["conversation"]["id"]
    assert said(whole)["chatbot_id"] == chatbot_id
    assert broken.status.code == Status.STATUS_CODE_ERROR
    assert WORD.encode() not in b"".join(collector.bodies)
    assert any("/sources" in span.name for span in spans)
    assert not any(span.trace_id.hex() in FORGED for span in spans)
    assert not any("/healthz" in span.name or "/readyz" in span.name for span in spans)


def test_without_a_collector_nothing_of_it_is_even_imported() -> None:
    program = "import sys, ragwidget.app; print('opentelemetry.exporter' in sys.modules)"

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert ran.stdout.split() == [b"False"]
