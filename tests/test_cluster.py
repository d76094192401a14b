"""Two web nodes behind nginx with a worker beside them: one service, whichever node it is."""

import io
import json
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cast import move_in, owner
from cluster import Cluster, running
from cluster.people import Browser, Guest, events, hear, request, said
from counting_server import PAUSE
from databases import SECRET, let_go
from flask import Flask
from misleading import misled
from sharing import instance_in
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from ragwidget import api_keys
from ragwidget.app import create_app
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message, Source, now

NODE = Path(__file__).with_name("cluster") / "node.py"
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster in which the cast lives; its nodes can count."""
    with running(
        move_in,
        serve=[sys.executable, str(NODE)],
        SIGN_IN_ATTEMPTS="1000 per minute",
        VISITOR_QUESTIONS_PER_HOUR="10000",
        ADDRESS_QUESTIONS_PER_HOUR="10000",
        ORGANIZATION_QUESTIONS_PER_DAY="100000",
        THREADS="256",
        GRACE_SECONDS="1",
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def house(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An eye on the database that the nodes share."""
    app = create_app(
        TESTING=True,
        SECRET_KEY=SECRET,
        INSTANCE=str(instance_in(tmp_path_factory.mktemp("eye"))),
        DATABASE_URL=cluster.settings["DATABASE_URL"],
    )
    yield app
    let_go(app)


@pytest.fixture(scope="module")
def chatbot_id(house: Flask) -> str:
    """Alice's chatbot."""
    with house.app_context():
        found = str(owner("alice@example.org").chatbot_id)
        db.session.remove()
    return found


@pytest.fixture
def victor(cluster: Cluster, chatbot_id: str) -> Guest:
    """Visits Alice's website, and comes in through nginx."""
    return Guest(cluster.proxy.port, chatbot_id)


def numbers(count: int) -> str:
    return "".join(f"{number} " for number in range(1, count + 1))


def change(house: Flask, chatbot_id: str, **settings: Any) -> None:
    with house.app_context():
        db.session.execute(update(Chatbot).filter_by(id=UUID(chatbot_id)).values(**settings))
        db.session.commit()
        db.session.remove()


def test_words_arrive_one_by_one_through_the_proxy(victor: Guest) -> None:
    arrivals = list(events(victor.ask("count to 8")))

    heard = [event for _, event in arrivals]
    assert [name for _, name, _ in heard] == ["start", *["delta"] * 8, "done"]
    assert said(heard) == numbers(8)
    times = [at for at, (_, name, _) in arrivals if name == "delta"]
    assert times[-1] - times[0] > 6 * PAUSE


def test_the_widget_and_its_words_come_compressed_through_the_proxy(victor: Guest) -> None:
    loader = request(victor.port, "GET", "/widget.js", headers={"Accept-Encoding": "br"})
    settings = victor.call("GET", f"/chatbots/{victor.chatbot_id}")

    assert loader.headers["Content-Encoding"] == "br"
    assert "nginx/" not in loader.headers["Server"]
    assert settings.status == 200
    assert settings.headers["ETag"]


def test_an_answer_whose_line_broke_goes_on_at_the_other_node(
    cluster: Cluster, victor: Guest
) -> None:
    one, other = cluster.nodes
    victor.port = one.port
    begun, line = victor.begin("count to 20", until=6)
    line.close()
    message_id = begun[0][2]["message_id"]

    elsewhere = victor.attach(message_id, 6, other.port)
    through = victor.attach(message_id, 6, cluster.proxy.port)

    assert said(begun + elsewhere) == said(begun + through) == numbers(20)
    assert elsewhere[-1][1] == through[-1][1] == "done"


def test_a_question_that_arrives_twice_at_two_nodes_is_asked_once(
    cluster: Cluster, victor: Guest
) -> None:
    asked = {"message_id": str(uuid4())}
    victor.token = victor.begin("count to 1", until=1)[0][0][2]["conversation"]["token"]
    with ThreadPoolExecutor(2) as both:
        told = list(
            both.map(
                lambda node: hear(
                    victor.call(
                        "POST",
                        "/chat",
                        node.port,
                        chatbot_id=victor.chatbot_id,
                        message="count to 12",
                        **asked,
                    )
                ),
                cluster.nodes,
            )
        )

    assert said(told[0]) == said(told[1]) == numbers(12)
    assert told[0][0][2]["message_id"] == told[1][0][2]["message_id"]


def test_an_answer_can_be_stopped_at_the_other_node(cluster: Cluster, victor: Guest) -> None:
    one, other = cluster.nodes
    victor.port = one.port
    begun, line = victor.begin("count to 100", until=4)
    message_id = begun[0][2]["message_id"]

    assert victor.call("POST", f"/messages/{message_id}/stop", other.port).status == 200
    rest = hear(line)

    assert rest[-1][2]["message"]["status"] == "stopped"
    assert len(rest) < 60


def test_two_hundred_at_once_get_no_more_than_the_limit_on_two_nodes(
    house: Flask, victor: Guest
) -> None:
    victor.begin("count to 1", until=1)
    change(house, victor.chatbot_id, questions_per_hour=20)

    with ThreadPoolExecutor(200) as crowd:
        answers = list(crowd.map(lambda _: victor.ask("count to 1"), range(200)))
    statuses = [answer.status for answer in answers]
    change(house, victor.chatbot_id, questions_per_hour=None)

    assert sorted(statuses) == [200] * 20 + [429] * 180
    refusal = next(answer for answer in answers if answer.status == 429)
    assert int(refusal.headers["Retry-After"]) > 3000
    assert json.loads(refusal.read())["error"]["scope"] == "visitor"


def test_a_forged_address_changes_nothing(house: Flask, victor: Guest) -> None:
    change(house, victor.chatbot_id, address_questions_per_hour=0)
    forged = [
        {"X-Forwarded-For": "203.0.113.1"},
        {"X-Forwarded-For": "203.0.113.1, 127.0.0.1"},
        {"X-Forwarded-For": "203.0.113.1:4711"},
        {"X-Real-IP": "203.0.113.2"},
        {"Forwarded": "for=203.0.113.3;host=evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
        {"X_Forwarded_For": "203.0.113.4"},
    ]
    refused = [
        json.loads(Guest(victor.port, victor.chatbot_id, headers=lie).ask("count to 1").read())
        for lie in forged
    ]
    change(house, victor.chatbot_id, address_questions_per_hour=None)

    assert [refusal["error"]["scope"] for refusal in refused] == ["address"] * len(forged)
    for lie in forged:
        hear(Guest(victor.port, victor.chatbot_id, headers=lie).ask("count to 1"))
    with house.app_context():
        kept = set(db.session.scalars(select(Conversation.address)))
        db.session.remove()
    assert kept == {"127.0.0.0/24"}


def test_a_forged_host_is_in_no_link_of_ours(cluster: Cluster, victor: Guest) -> None:
    for lie in ({"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Prefix": "//evil.example"}):
        sent_on = request(victor.port, "GET", "/dashboard/", headers=lie)

        assert sent_on.status == 302
        assert "evil" not in sent_on.headers["Location"]

    assert (
        request(victor.port, "GET", "/dashboard/", headers={"Host": "evil.example"}).status == 400
    )


def test_nothing_that_a_request_says_of_its_way_gets_past_the_proxy(cluster: Cluster) -> None:
    assert misled(cluster.proxy.port) == []


def test_what_is_uploaded_at_one_node_is_read_by_the_worker_and_told_by_both(
    cluster: Cluster, house: Flask, victor: Guest
) -> None:
    one, other = cluster.nodes
    text = b"# Towing\n\nThe tandem tow truck comes within ninety minutes, also at night.\n"
    taken = Browser(one.port).upload(one.port, victor.chatbot_id, "towing.md", text)
    assert taken.status == 201, taken.read()

    source = wait_for_source(cluster, house, json.loads(taken.read())["id"])

    assert source.state == "ready", source.error
    for node in (one, other):
        told = hear(victor.call("POST", "/chat", node.port, **asked(victor, "tandem tow truck?")))
        assert "within ninety minutes" in said(told)
    page = Browser(other.port).get(other.port, f"/dashboard/chatbots/{victor.chatbot_id}/sources")
    assert "towing.md" in page.read().decode()
    original = cluster.folder / "originals" / (source.original or "")
    assert original.read_bytes() == text


def asked(guest: Guest, question: str) -> dict[str, str]:
    return {"chatbot_id": guest.chatbot_id, "message": question}


def wait_for_source(cluster: Cluster, house: Flask, source_id: str) -> Source:
    """Return a source when its reading is over."""
    until = time.monotonic() + 60
    while True:
        with house.app_context():
            source = db.session.get_one(Source, UUID(source_id))
            db.session.remove()
        if source.state in {"ready", "failed"}:
            return source
        assert time.monotonic() < until, cluster.said()
        time.sleep(0.2)


def test_the_largest_file_passes_and_a_byte_more_is_refused_in_our_words(
    cluster: Cluster, house: Flask, victor: Guest
) -> None:
    alice, most = Browser(victor.port), house.config["MAX_FILE_BYTES"]
    passed = alice.upload(victor.port, victor.chatbot_id, "largest.txt", b"a" * most)
    refused = alice.upload(victor.port, victor.chatbot_id, "larger.txt", b"a" * (most + 1))

    assert passed.status == 201, passed.read()
    assert refused.status == 413
    assert json.loads(refused.read())["error"]["message"].startswith(
        "file: it is larger than 50 MB."
    )


def test_a_programs_file_passes_as_a_members_does(house: Flask, victor: Guest) -> None:
    with house.app_context():
        alices = db.session.get_one(Chatbot, UUID(victor.chatbot_id)).organization_id
        _, key = api_keys.make(alices, "deploy", ["sources:write"])
        db.session.remove()
    handbook = FileStorage(io.BytesIO(b"a" * 2 * MEGABYTE), "handbook.txt")
    boundary, body = encode_multipart({"file": handbook})

    passed = request(
        victor.port,
        "POST",
        f"/api/v1/owner/chatbots/{victor.chatbot_id}/sources/file",
        body,
        {
            "Authorization": f"Bearer {key}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        },
    )

    assert passed.status == 201, passed.read()


@pytest.mark.parametrize(
    ("path", "said"),
    [("/dashboard/chatbots", "The file is larger"), ("/api/v1/chat", '"code":"too_large"')],
)
def test_what_nobody_can_send_is_refused_before_it_arrives(
    victor: Guest, path: str, said: str
) -> None:
    with socket.create_connection(("127.0.0.1", victor.port), timeout=10) as line:
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Length: {65 * MEGABYTE}\r\n\r\n".encode()
        )
        answer = line.recv(65536).decode()

    assert answer.startswith("HTTP/1.1 413 ")
    assert said in answer


def test_hundreds_who_never_finish_a_request_keep_nobody_waiting(victor: Guest) -> None:
    slow = [socket.create_connection(("127.0.0.1", victor.port)) for _ in range(600)]
    try:
        for line in slow:
            line.sendall(b"POST /api/v1/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n")
        for line in slow[:300]:
            line.sendall(b"\r\n{")

        assert said(hear(victor.ask("count to 2"))) == numbers(2)
    finally:
        for line in slow:
            line.close()


def patiently(guest: Guest, question: str) -> HTTPResponse:
    """Ask as the widget does: once more where a dying node had taken the connection."""
    response = guest.ask(question)
    if response.status == 503:
        time.sleep(int(response.headers["Retry-After"]))
        response = guest.ask(question)
    return response


def test_a_killed_node_breaks_only_what_it_was_saying(
    cluster: Cluster, house: Flask, chatbot_id: str
) -> None:
    guests = [Guest(cluster.proxy.port, chatbot_id) for _ in range(6)]
    begun = [guest.begin("count to 25", until=8) for guest in guests]
    cluster.nodes[0].kill()

    after = [said(hear(patiently(guest, "count to 1"))) for guest in guests]
    rests = [heard + broken_off(line) for heard, line in begun]
    broken = [pair for pair in zip(guests, rests, strict=True) if pair[1][-1][1] != "done"]

    assert after == [numbers(1)] * len(guests)
    assert 0 < len(broken) < len(guests)
    for _, told in zip(guests, rests, strict=True):
        assert numbers(25).startswith(said(told))
    look_dead(house)
    for guest, told in broken:
        [*_, (_, name, error)] = guest.attach(told[0][2]["message_id"])
        assert (name, error["code"], error["retryable"]) == ("error", "interrupted", True)
    guest, told = broken[0]
    retried = hear(guest.call("POST", f"/messages/{told[0][2]['message_id']}/retry"))
    assert said(retried) == numbers(25)
    assert retried[0][2]["question_id"] == told[0][2]["question_id"]

    cluster.nodes[0].start()


def broken_off(line: Any) -> list[Any]:
    """Return what was still heard on a line that may break."""
    heard: list[Any] = []
    try:
        for _, event in events(line):
            heard.append(event)
    except OSError:
        pass
    return heard


def look_dead(house: Flask) -> None:
    """Let a minute pass for the answers that nobody writes any more."""
    with house.app_context():
        db.session.execute(
            update(Message)
            .where(Message.status.in_(("pending", "streaming")))
            .values(heartbeat_at=now() - timedelta(minutes=1))
        )
        db.session.commit()
        db.session.remove()


def test_nothing_stays_on_a_node_that_another_one_would_need(cluster: Cluster) -> None:
    for machine in (*cluster.nodes, cluster.worker):
        own = {
            path.relative_to(cluster.instance(machine)).parts[0]
            for path in Path(cluster.instance(machine)).rglob("*")
        }
        # what it made of its own version's static/, whose jobs it may run, and what all have
        assert own - {"jobs.lock"} == {"assets", "originals"}


def test_when_no_node_is_there_the_proxy_says_so_in_words_that_heal(
    cluster: Cluster, victor: Guest
) -> None:
    for node in cluster.nodes:
        node.kill()

    away, page = victor.ask("count to 1"), request(victor.port, "GET", "/dashboard/?q=quokkaburger")

    assert away.status == page.status == 503
    assert away.headers["Retry-After"] == "2"
    assert away.headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(away.read())["error"]["code"] == "unavailable"
    assert b"try again shortly" in page.read()
    assert "quokkaburger" not in cluster.proxy.log.read_text()
