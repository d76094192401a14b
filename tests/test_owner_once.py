"""What is sent again under the same Idempotency-Key is carried out a single time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from cast import Owner
from flask import Flask
from programs import Program, refused
from sqlalchemy import func, select, update

from ragwidget import library
from ragwidget.api_keys import once
from ragwidget.extensions import db
from ragwidget.models import ApiCall, Chatbot, Source, now

PAIR = {"question": "Fish?", "answer": "On Fridays."}
SENT = {"question": "Bread?", "answer": "Every day."}

DIES = """
import os, signal, sys
sys.path[:0] = {paths!r}
from ragwidget.api_keys import once
from ragwidget.app import create_app
once.finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
app = create_app(SECRET_KEY={secret!r}, INSTANCE={instance!r}, DATABASE_URL={url!r})
app.test_client().post(
    "/api/v1/owner" + {path!r},
    json={body!r},
    headers={{"Authorization": "Bearer " + {key!r}, "Idempotency-Key": "deploy-17"}},
)
"""


@pytest.fixture
def at(program: Program) -> str:
    return f"{program.chatbot}/sources/qa"


def pairs(house: Flask) -> int:
    with house.app_context():
        count = db.session.scalar(select(func.count()).select_from(Source).filter_by(kind="qa"))
        return count or 0


def test_the_second_call_hears_what_the_first_one_heard(
    house: Flask, program: Program, at: str
) -> None:
    first = program.post(at, PAIR, name="deploy-17")
    program.call("DELETE", f"{program.chatbot}/sources/{first.get_json()['source']['id']}")
    second = program.post(at, PAIR, name="deploy-17")

    assert (second.status_code, second.text) == (201, first.text)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert pairs(house) == 0


def test_a_file_is_known_again_whatever_boundary_it_comes_in(
    house: Flask, program: Program
) -> None:
    at = f"{program.chatbot}/sources/file"
    sent = [program.upload(at, b"# A\n\nWords.\n", "a.md", name="one") for _ in range(2)]
    other = program.upload(at, b"# A\n\nOther words.\n", "a.md", name="one")
    renamed = program.upload(at, b"# A\n\nWords.\n", "b.md", name="one")

    assert sent[0].text == sent[1].text
    assert refused(other) == refused(renamed) == (422, "idempotency_key_taken")


def test_another_call_can_not_have_its_name(house: Flask, program: Program, at: str) -> None:
    program.post(at, PAIR, name="deploy-17")

    assert refused(program.post(at, SENT, name="deploy-17")) == (422, "idempotency_key_taken")
    assert refused(program.post("/chatbots", PAIR, name="deploy-17"))[0] == 422
    assert pairs(house) == 1


def test_names_belong_to_a_key(house: Flask, program: Program, at: str) -> None:
    bob = Program(house, email="bob@example.org")
    program.post(at, PAIR, name="deploy-17")

    mine = bob.post(f"{bob.chatbot}/sources/qa", PAIR, name="deploy-17")

    assert mine.status_code == 201
    assert "Idempotent-Replayed" not in mine.headers
    assert bob.post(f"{bob.chatbot}/sources/qa", PAIR, name="deploy-17").text == mine.text
    assert pairs(house) == 2


def test_what_was_refused_can_be_sent_again(house: Flask, program: Program, at: str) -> None:
    house.config["MAX_SOURCES"] = 1
    assert refused(program.post(at, PAIR, name="deploy-17")) == (409, "too_many_sources")
    house.config["MAX_SOURCES"] = 10

    assert program.post(at, PAIR, name="deploy-17").status_code == 201


def test_a_day_later_the_name_is_free(house: Flask, program: Program, at: str) -> None:
    program.post(at, PAIR, name="deploy-17")
    with house.app_context():
        db.session.execute(update(ApiCall).values(created_at=now() - timedelta(hours=25)))
        db.session.commit()

    assert program.post(at, SENT, name="deploy-17").status_code == 201
    assert pairs(house) == 2


@pytest.mark.parametrize("name", ["", "two words", "ü", "x" * 256])
def test_an_odd_name_is_refused(program: Program, at: str, name: str) -> None:
    answer = program.post(at, PAIR, name=name)

    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "Idempotency-Key")


def test_of_many_at_once_one_is_carried_out(
    app: Flask, alice: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(app)
    at, begun, go_on = f"{program.chatbot}/sources/qa", Event(), Event()
    add = library.add_qa

    def slowly(*given: object, **named: object) -> Source:
        begun.set()
        assert go_on.wait(20)
        return add(*given, **named)

    monkeypatch.setattr(library, "add_qa", slowly)
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(program.post, at, PAIR, name="deploy-17")
        assert begun.wait(20)
        others = [threads.submit(program.post, at, PAIR, name="deploy-17") for _ in range(7)]
        answers = [other.result() for other in others]
        go_on.set()
        made = first.result()

    assert {refused(answer) for answer in answers} == {(409, "still_running")}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    assert made.status_code == 201
    assert program.post(at, PAIR, name="deploy-17").text == made.text
    assert pairs(app) == 1


def test_it_is_made_once_though_its_process_was_killed(
    house: Flask, program: Program, tmp_path: Path
) -> None:
    body = {"name": "Made once"}
    script = DIES.format(
        paths=sys.path,
        secret=house.config["SECRET_KEY"],
        instance=str(tmp_path / "other"),
        url=house.config["DATABASE_URL"],
        path="/chatbots",
        body=body,
        key=program.key,
    )
    killed = subprocess.run([sys.executable, "-c", script], env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert refused(program.post("/chatbots", body, name="deploy-17")) == (409, "still_running")

    with house.app_context():
        db.session.execute(update(ApiCall).values(lease_until=now() - once.LEASE))
        db.session.commit()
    again = program.post("/chatbots", body, name="deploy-17")

    assert again.status_code == 201, again.text
    with house.app_context():
        [made] = db.session.scalars(select(Chatbot).filter_by(name="Made once"))
        assert again.get_json()["chatbot"]["id"] == str(made.id)
