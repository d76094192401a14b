"""What somebody of the team says, read by the visitor as a person's words."""

from __future__ import annotations

import pytest
from browsing import check_accessible, shoot
from chatting import ask, open_chat
from conftest import Visit
from hosting import Hosts
from playwright.sync_api import expect
from sqlalchemy import select

from ragwidget.conversations import team
from ragwidget.extensions import db
from ragwidget.models import Conversation

pytestmark = pytest.mark.browser


def test_who_comes_back_reads_it_under_its_author(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    hosts.engine.will_say("I can’t say.")
    ask(page, "May I bring my dog?", "I can’t say.")
    with hosts.app.app_context():
        newest = select(Conversation).order_by(Conversation.id.desc()).limit(1)
        conversation = db.session.scalars(newest).one()
        team.say(conversation, "Anna", "Of course, **do** bring him!")
        team.say(conversation, "Ben", "There is water at the door, too.")

    page.reload()
    anna = page.get_by_role("article", name="Anna from the team")
    expect(anna).to_contain_text("Of course, do bring him!")
    expect(page.get_by_role("article", name="Ben from the team")).to_be_visible()
    expect(anna.get_by_role("button", name="Good answer")).to_be_hidden()
    shoot(page, "widget-team")
    check_accessible(page, within="rag-widget")

    ask(page, "Thank you!")
    said = [(each.role, each.text) for each in hosts.engine.asked[-1].history]
    assert said[-2:] == [
        ("chatbot", "Of course, **do** bring him!"),
        ("chatbot", "There is water at the door, too."),
    ]
