"""A face of one's own, as the demonstration shows one: the conversation without our panel."""

from __future__ import annotations

from uuid import UUID

import pytest
from browsing import ROOT
from conftest import Visit
from hosting import Hosts
from playwright.sync_api import Page, expect

from ragwidget.demo.site import create_site

pytestmark = pytest.mark.browser


@pytest.fixture
def address(hosts: Hosts) -> str:
    """The demonstration's page, on a website of Alice's."""
    demo = create_site(UUID(hosts.chatbots["alice"]), hosts.product).test_client()
    for name, media_type in (("headless.js", "text/javascript"), ("headless.css", "text/css")):
        hosts.put_up(f"/files/{name}", (ROOT / "static" / "demo" / name).read_text(), media_type)
    return hosts.put_up("/headless", demo.get("/headless").text)


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def test_another_face_asks_answers_and_remembers(hosts: Hosts, visit: Visit, address: str) -> None:
    page = visit(address).page
    expect(page.get_by_role("status")).to_contain_text("Ask me anything")
    hosts.engine.will_say("At <b>nine</b>.")
    ask(page, "When do you open?")
    lines = page.get_by_role("listitem")
    expect(lines).to_have_text(["When do you open?", "At <b>nine</b>."])

    page.reload()
    expect(lines).to_have_text(["When do you open?", "At <b>nine</b>."])
    page.get_by_role("button", name="New conversation").click()
    expect(lines).to_have_count(0)


def test_another_face_says_why_not_and_gives_the_question_back(
    hosts: Hosts, visit: Visit, address: str
) -> None:
    victor = visit(address)
    expect(victor.page.get_by_role("status")).to_contain_text("Ask me anything")
    victor.expect_problem("422")
    victor.page.get_by_label("Your question").evaluate("it => it.removeAttribute('maxlength')")
    ask(victor.page, "Why? " * 1000)

    expect(victor.page.get_by_role("status")).to_contain_text("2000")
    expect(victor.page.get_by_label("Your question")).to_have_value("Why? " * 1000)
