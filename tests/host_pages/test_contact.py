"""A visitor says who they are, or leaves a message: as the owner asks, offers or wants neither."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import check_accessible, last_answer, shoot
from chatting import ask, open_chat, send
from conftest import Visit
from hosting import Hosts
from playwright.sync_api import Page, expect
from sqlalchemy import select

from ragwidget.engines.protocol import Finish
from ragwidget.extensions import db
from ragwidget.models import Conversation

pytestmark = pytest.mark.browser

CONSENT = "We keep your address for a month.\nNobody else gets it."


@pytest.fixture(autouse=True)
def as_before(hosts: Hosts) -> Iterator[None]:
    """Whatever a test lets Alice wish for is over after it."""
    yield
    hosts.change(contact="offered", consent="")


def newest(hosts: Hosts) -> Conversation:
    with hosts.app.app_context():
        found = db.session.scalars(select(Conversation).order_by(Conversation.id.desc())).first()
        assert found
        return found


def fill(page: Page, email: str) -> None:
    page.get_by_role("textbox", name="Your e-mail address").fill(email)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_asks_who_they_are_before_the_first_question(
    hosts: Hosts, visit: Visit, scheme: Any
) -> None:
    hosts.change(contact="first", consent=CONSENT)
    page = visit(hosts.page(), color_scheme=scheme, viewport={"width": 360, "height": 740}).page
    page.evaluate("addEventListener('rag-widget:contact', ({ detail }) => (window.told = detail))")
    open_chat(page)
    send(page, "Do you open today?")
    region = page.get_by_role("region", name="Before we begin")
    expect(region).to_contain_text("Nobody else gets it.")
    expect(page.get_by_role("textbox", name="Your e-mail address")).to_be_focused()
    page.get_by_role("textbox", name="Your name (optional)").fill("Victor")
    fill(page, "victor@example.org")
    page.get_by_role("button", name="Start the chat").click()
    expect(region).to_be_visible()  # nobody has agreed yet
    shoot(page, f"widget-first-{scheme}")
    check_accessible(page, within="rag-widget")

    page.get_by_role("checkbox", name="I agree").check()
    page.keyboard.press("Enter")
    expect(last_answer(page)).to_contain_text("Yes.")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_value("")
    assert page.evaluate("told") == {"name": "Victor", "email": "victor@example.org"}
    began = newest(hosts)
    assert (began.visitor_name, began.visitor_email) == ("Victor", "victor@example.org")

    page.reload()
    open_chat(page)
    page.get_by_role("button", name="New conversation").click()
    ask(page, "And tomorrow?")
    again = newest(hosts)
    assert again.id != began.id
    assert again.visitor_email == "victor@example.org"


def test_whoever_goes_back_finds_what_they_typed(hosts: Hosts, visit: Visit) -> None:
    hosts.change(contact="first")
    page = visit(hosts.page()).page
    open_chat(page)
    send(page, "Do you open today?")
    expect(page.get_by_role("textbox", name="Your e-mail address")).to_be_focused()
    page.keyboard.press("Escape")

    field = page.get_by_role("dialog").get_by_role("textbox")
    expect(field).to_be_focused()
    expect(field).to_have_value("Do you open today?")
    expect(page.get_by_role("article")).to_have_count(0)
    page.reload()
    expect(field).to_have_value("Do you open today?")


def test_an_address_that_the_server_refuses_is_asked_for_again(hosts: Hosts, visit: Visit) -> None:
    hosts.change(contact="first")
    victor = visit(hosts.page())
    victor.expect_problem("422")
    page = victor.page
    open_chat(page)
    send(page, "Do you open today?")
    fill(page, "victor@nowhere.invalid")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("check what you entered")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_have_value("Do you open today?")

    page.get_by_role("button", name="Send").click()
    fill(page, "victor@example.org")
    page.keyboard.press("Enter")
    expect(last_answer(page)).to_contain_text("Yes.")


def test_a_message_can_be_left_from_the_list_with_consent(hosts: Hosts, visit: Visit) -> None:
    hosts.change(consent=CONSENT)
    page = visit(hosts.page()).page
    open_chat(page)
    threads = page.get_by_role("button", name="Conversations")
    offer = page.get_by_role("button", name="Leave a message")
    threads.click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(offer).to_have_count(0)  # there is nothing yet that it could go with
    threads.click()
    ask(page, "Do you open today?")
    threads.click()
    offer.click()
    page.get_by_role("textbox", name="Your name").fill("Victor")
    fill(page, "victor@example.org")
    page.get_by_role("textbox", name="Your message").fill("Call me.")
    send_it = page.get_by_role("button", name="Send the message")
    send_it.click()
    expect(send_it).to_be_visible()  # nobody has agreed yet
    page.get_by_role("checkbox", name="I agree").check()
    shoot(page, "widget-contact-consent")
    check_accessible(page, within="rag-widget")
    send_it.click()
    expect(page.get_by_role("region", name="Leave a message")).to_contain_text("get back to you")


def test_it_offers_nothing_where_the_owner_wants_none(hosts: Hosts, visit: Visit) -> None:
    hosts.change(contact="never")
    page = visit(hosts.page()).page
    open_chat(page)
    hosts.engine.will_say("I can’t find that.", Finish("refused", "scripted-1"))
    ask(page, "Do you open today?", "I can’t")
    expect(last_answer(page)).to_contain_text("Not found in the sources")
    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("button", name="Leave a message")).to_have_count(0)


def test_the_consent_leads_to_the_pages_that_it_names(hosts: Hosts, visit: Visit) -> None:
    text = "See [our promise](https://alice.example/privacy), https://b.example. [No](javascript:1)"
    hosts.change(contact="first", consent=text)
    page = visit(hosts.page()).page
    open_chat(page)
    send(page, "Do you open today?")

    form = page.get_by_role("region", name="Before we begin")
    links = form.get_by_role("link")
    expect(links).to_have_count(2)
    expect(links.first).to_have_attribute("href", "https://alice.example/privacy")
    expect(links.last).to_have_attribute("href", "https://b.example/")
    expect(form).to_contain_text("See our promise, https://b.example. [No](javascript:1)")
