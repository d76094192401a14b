"""A deleted conversation can be had back for a while, and is gone for good after it."""

from __future__ import annotations

import pytest
from browsing import check_accessible, shoot
from chatting import ask, open_chat
from conftest import Visit
from hosting import Hosts
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


def two_conversations(page: Page) -> Locator:
    """Have two conversations, open the list, and return its rows."""
    open_chat(page)
    ask(page, "Which bread?")
    page.get_by_role("button", name="New conversation").click()
    ask(page, "Which bicycle?")
    open_list(page)
    return page.get_by_role("list", name="Conversations").get_by_role("listitem")


def open_list(page: Page) -> None:
    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_conversation_comes_back_when_it_is_wanted(
    hosts: Hosts, visit: Visit, scheme: str
) -> None:
    page = visit(
        hosts.page(),
        color_scheme=scheme,
        viewport={"width": 360, "height": 740},
    ).page
    erased: list[str] = []
    page.on("request", lambda request: erased.append(request.method))
    rows = two_conversations(page)
    page.get_by_role("button", name="Delete: Which bicycle").press("Enter")
    expect(rows).to_have_count(1)
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(page.get_by_role("button", name="Leave a message")).to_have_count(0)
    expect(page.get_by_role("article", name="You", include_hidden=True)).to_have_count(0)
    shoot(page, f"widget-erasing-{scheme}")
    check_accessible(page, within="rag-widget")

    page.keyboard.press("Enter")
    expect(rows).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("article", name="You")).to_have_text("Which bicycle?")
    assert "DELETE" not in erased


def test_it_is_erased_when_nobody_wants_it_back(hosts: Hosts, visit: Visit) -> None:
    page = visit("about:blank").page
    page.clock.install()
    page.goto(hosts.page())
    rows = two_conversations(page)
    page.get_by_role("button", name="Delete: Which bread").click()
    page.mouse.move(5, 5)
    page.keyboard.press("Escape")
    open_list(page)
    expect(rows).to_have_count(1)  # it will not be seen any more
    with page.expect_response(lambda response: response.request.method == "DELETE") as erasing:
        page.clock.fast_forward(6500)
    assert erasing.value.status == 204


def test_it_is_erased_when_the_visitor_signs_out_and_the_list_is_seen_no_more(
    hosts: Hosts, visit: Visit
) -> None:
    page = visit(hosts.page()).page
    rows = two_conversations(page)
    page.get_by_role("button", name="Delete: Which bread").click()
    with page.expect_response(lambda response: response.request.method == "DELETE") as erasing:
        page.evaluate("RagWidget.reset()")
    assert erasing.value.status == 204
    expect(rows).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_it_is_erased_when_the_page_is_left(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    there = page.url
    two_conversations(page)
    page.get_by_role("button", name="Delete: Which bread").click()
    page.goto(hosts.page("<h1>Elsewhere</h1>"))

    page.goto(there)
    open_list(page)
    rows = page.get_by_role("list", name="Conversations").get_by_role("listitem")
    expect(rows).to_have_count(1)


def test_it_comes_back_by_itself_when_it_cannot_be_erased(hosts: Hosts, visit: Visit) -> None:
    victor = visit("about:blank")
    victor.expect_problem("ERR_FAILED")
    page = victor.page
    page.clock.install()
    page.goto(hosts.page())
    rows = two_conversations(page)
    page.get_by_role("button", name="Delete: Which bread").click()
    expect(rows).to_have_count(1)
    page.mouse.move(5, 5)
    page.route("**/conversations/*", lambda route: route.abort())
    page.clock.fast_forward(6500)

    expect(rows).to_have_count(2)
    expect(page.get_by_role("region", name="Conversations")).to_contain_text("cannot be reached")


def test_a_name_that_is_being_written_outlasts_other_changes(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    two_conversations(page)
    page.get_by_role("button", name="Rename: Which bread").click()
    page.keyboard.type("Rye")
    page.get_by_role("button", name="Archive: Which bicycle").dispatch_event("click")
    expect(page.get_by_role("button", name="Archive: Which bicycle")).to_have_count(0)

    page.keyboard.type(" bread")
    field = page.get_by_role("textbox", name="Name of the conversation")
    expect(field).to_be_focused()
    expect(field).to_have_value("Rye bread")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Conversations")).to_contain_text("Rye bread")
