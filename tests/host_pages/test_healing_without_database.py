"""The database is away while a visitor asks: the question waits, and is asked once."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from browsing import last_answer
from chatting import ask, open_chat, send
from conftest import Visit
from databases import SECRET, let_go, people
from hosting import Hosts, hosting
from playwright.sync_api import expect
from sharing import instance_in
from sqlalchemy import func, select
from wrecking import Postgres

from ragwidget.app import create_app
from ragwidget.extensions import db
from ragwidget.models import Message

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that may die."""
    postgres = Postgres()
    try:
        postgres.wait()
        yield postgres
    finally:
        postgres.end()


@pytest.fixture(scope="module")
def hosts(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """The product on that database, and a website."""
    people(postgres.address(), tmp_path_factory.mktemp("people"))
    app = create_app(
        TESTING=True,
        SECRET_KEY=SECRET,
        INSTANCE=str(instance_in(tmp_path_factory.mktemp("healing"))),
        DATABASE_URL=postgres.address(),
    )
    with hosting(app) as hosts:
        yield hosts
    app.extensions["turns"].drain(0.0)
    let_go(app)


def test_a_question_waits_for_the_database_and_is_asked_once(
    hosts: Hosts, visit: Visit, postgres: Postgres
) -> None:
    victor = visit(hosts.page())
    victor.expect_problem(r"status of 503")
    page = victor.page
    page.clock.install()
    open_chat(page)
    ask(page, "Which bicycles?")
    alert = page.get_by_role("dialog").get_by_role("alert")

    postgres.kill(random.Random())
    send(page, "And which colours?")
    expect(alert.get_by_role("timer")).to_contain_text("Trying again in")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_value("And which colours?")
    page.clock.fast_forward(10_000)
    expect(alert.get_by_role("timer")).to_contain_text("Trying again in")
    postgres.wait()
    page.clock.fast_forward(40_000)

    expect(page.get_by_role("article", name="Answer")).to_have_count(2)
    expect(last_answer(page)).to_contain_text("Yes.")
    expect(alert).to_have_count(0)
    assert len(hosts.engine.asked) == 2
    with hosts.app.app_context():
        asked = select(func.count()).select_from(Message).filter_by(text="And which colours?")
        assert db.session.scalar(asked) == 1
