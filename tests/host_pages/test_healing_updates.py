"""A page that stays open while its chatbot, its conversation or the whole product changes."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from browsing import Watched, check_accessible, last_answer, shoot
from chatting import ask, open_chat, send
from conftest import Visit
from hosting import Hosts
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import select

from ragwidget import conversations, jobs, library
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Source

pytestmark = pytest.mark.browser

PLAIN = {"name": "Alice's bicycles", "visitor_modes": [], "max_message_chars": None}
AN_HOUR = 3_600_000


@pytest.fixture
def victor(hosts: Hosts, visit: Visit) -> Iterator[Watched]:
    """A visitor whose chat is open."""
    victor = visit(hosts.page())
    victor.expect_problem(r"status of (401|404|422)")
    open_chat(victor.page)
    yield victor
    hosts.change(**PLAIN)


def field(page: Page) -> Locator:
    return page.get_by_role("dialog").get_by_role("textbox")


def alert(page: Page) -> Locator:
    return page.get_by_role("dialog").get_by_role("alert")


def test_it_takes_over_what_changed_when_it_is_opened_much_later(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    page.clock.install()
    page.reload()
    heading = page.get_by_role("dialog").get_by_role("heading").first
    ask(page, "Which bicycles?")
    hosts.change(name="Alice and daughters", visitor_modes=["creative"])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Open chat").click()
    expect(heading).to_have_text("Alice's bicycles")

    page.keyboard.press("Escape")
    page.clock.fast_forward(AN_HOUR)
    page.get_by_role("button", name="Open chat").click()
    expect(heading).to_have_text("Alice and daughters")
    expect(page.get_by_role("combobox", name="Way of answering")).to_be_visible()
    expect(page.get_by_role("article", name="Answer")).to_have_count(1)


def test_it_keeps_a_question_that_has_become_too_long_and_says_how_much(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    hosts.change(max_message_chars=20)
    send(page, "Which of your bicycles is the best for me?")
    expect(alert(page)).to_contain_text("This is too long: at most 20 characters.")
    expect(field(page)).to_have_value("Which of your bicycles is the best for me?")
    expect(page.get_by_role("dialog")).to_contain_text("Characters too many: 22")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    ask(page, "Which is best?")
    expect(alert(page)).to_have_count(0)


def test_it_gives_up_a_way_of_answering_that_is_no_longer_allowed(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    hosts.change(visitor_modes=["creative"])
    page.reload()
    page.get_by_role("combobox", name="Way of answering").select_option("Creative")
    hosts.change(visitor_modes=[])
    send(page, "Sing me a bicycle?")
    expect(alert(page)).to_contain_text("has changed meanwhile. Please send your question again.")
    expect(page.get_by_role("combobox")).to_have_count(0)
    shoot(page, "widget-changed")
    field(page).press("Enter")
    expect(last_answer(page)).to_contain_text("Yes.")


def test_it_lets_go_of_a_source_that_is_gone(hosts: Hosts, victor: Watched) -> None:
    page = victor.page
    with hosts.app.app_context():
        chatbot = db.session.get_one(Chatbot, UUID(hosts.chatbots["alice"]))
        source = library.add_text(chatbot, "Passing fashions", "Tandems.", most=10)
        jobs.work_off()
    field(page).press_sequentially("@pass")
    page.get_by_role("option", name="Passing fashions").click()
    with hosts.app.app_context():
        source = db.session.get_one(Source, source.id)
        library.remove(source, hosts.app.extensions["originals"])
    send(page, "What is in fashion?")
    expect(alert(page)).to_contain_text("has changed meanwhile. Please send your question again.")
    expect(page.get_by_role("dialog")).not_to_contain_text("Passing fashions")
    field(page).press("Enter")
    expect(last_answer(page)).to_contain_text("Yes.")


def test_it_asks_in_a_new_conversation_when_this_one_was_deleted(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    ask(page, "Which bicycles?")
    with hosts.app.app_context():
        for conversation in db.session.scalars(select(Conversation)).all():
            conversations.remove(conversation)
    send(page, "And which colours?")
    expect(page.get_by_role("log")).to_contain_text("This conversation was deleted, perhaps in")
    expect(page.get_by_role("article", name="Answer")).to_have_count(2)
    expect(last_answer(page)).to_contain_text("Yes.")
    check_accessible(page, within="rag-widget")


def test_it_asks_in_a_new_conversation_when_its_token_no_longer_holds(
    hosts: Hosts, victor: Watched
) -> None:
    page = victor.page
    ask(page, "Which bicycles?")
    page.evaluate(
        """() => Object.keys(localStorage).forEach((key) => {
          const kept = JSON.parse(localStorage[key]);
          localStorage[key] = JSON.stringify({ ...kept, token: kept.token.slice(0, -9) });
        })"""
    )
    page.reload()
    send(page, "And which colours?")
    expect(last_answer(page)).to_contain_text("Yes.")


def test_two_tabs_that_ask_at_once_are_both_answered(hosts: Hosts, victor: Watched) -> None:
    page = victor.page
    ask(page, "Which bicycles?")
    other = page.context.new_page()
    other.goto(page.url)
    open_chat(other)
    expect(other.get_by_role("article", name="Answer")).to_have_count(1)
    send(page, "In red?")
    send(other, "In blue?")
    for tab in (page, other):
        expect(tab.get_by_role("button", name="Send")).to_be_visible()
        expect(last_answer(tab)).to_contain_text("Yes.")
    field = other.get_by_role("dialog").get_by_role("textbox")
    if field.input_value():  # it was hearing the answer of the other tab, and kept what was typed
        field.press("Enter")
        expect(other.get_by_role("article", name="Answer")).to_have_count(3)
        expect(last_answer(other)).to_contain_text("Yes.")
    other.reload()
    expect(other.get_by_role("article", name="Answer")).to_have_count(3)
    expect(other.get_by_role("article", name="You")).to_have_text(
        ["Which bicycles?", "In red?", "In blue?"], use_inner_text=True
    )


def test_it_asks_to_be_loaded_again_when_an_update_took_a_part_away(
    hosts: Hosts, visit: Visit
) -> None:
    victor = visit(hosts.page())
    page = victor.page

    def forget(route: Route) -> None:
        route.continue_(url=f"{hosts.product}/assets/widget-more.0123456789ab.js")

    page.route("**/assets/widget-more.*", forget, times=1)
    open_chat(page)
    field(page).fill("Half a questi")
    page.get_by_role("button", name="Conversations").click()
    expect(alert(page)).to_contain_text("This page is from before an update of the chat.")
    page.get_by_role("button", name="Load again").click()
    expect(field(page)).to_have_value("Half a questi")
    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("dialog")).to_contain_text("No conversations yet.")
