"""Where an answer has it from: the passage, the words in it, and the way to them on their page."""

from __future__ import annotations

from html import escape

import pytest
from browsing import check_accessible, last_answer, shoot
from cast import owner
from chatting import ask, open_chat
from conftest import Visit
from hosting import Hosts
from playwright.sync_api import expect

from ragwidget.chat.events import SourceRef, Sources

pytestmark = pytest.mark.browser

WHERE = "Rye bread is baked on weekdays, spelt on Saturdays. <b>Nobody</b> bakes on Sundays."
PASSAGE = "Bread & more\n" + WHERE
SAID = "On weekdays **rye bread** is baked. Nobody bakes on Sundays."


def will_cite(hosts: Hosts, url: str, kind: str = "page") -> None:
    """Let the next answer cite a passage."""
    with hosts.app.app_context():
        source_id = str(owner("alice@example.org").source_id)
    source = SourceRef(
        index=1,
        source_id=source_id,
        title="What we bake",
        kind=kind,
        page=None,
        url=url,
        snippet=PASSAGE,
        score=1.0,
        spans=((0, SAID.index("Nobody")), (SAID.index("Nobody"), len(SAID))),
    )
    hosts.engine.will_say(SAID, Sources((source,)))


def test_it_marks_in_a_passage_what_the_answer_has_from_it(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    will_cite(hosts, hosts.page() + "#rye")
    ask(page, "What is baked?", "Nobody bakes")
    last_answer(page).get_by_role("button", name="Source 1:").first.click()

    note = page.get_by_role("note")
    expect(note.locator("blockquote")).to_have_text(PASSAGE, use_inner_text=True)
    expect(note.locator("mark")).to_have_text(
        ["Bread", "Rye bread is baked on weekdays", "Nobody", "bakes on Sundays"]
    )
    shoot(page, "widget-passage-marked")
    check_accessible(page, within="rag-widget")


def test_a_card_leads_to_its_page_at_the_text(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    there = hosts.page(
        "<p>Something.</p>" * 200 + f"<h2>Bread &amp; more</h2><p>{escape(WHERE)}</p>"
    )
    open_chat(page)
    will_cite(hosts, there)
    ask(page, "What is baked?", "Nobody bakes")
    answer = last_answer(page)
    answer.get_by_role("list", name="Sources").get_by_text("What we bake").click()
    expect(answer.locator("mark").first).to_be_visible()
    shoot(page, "widget-card-marked")

    with page.expect_popup() as opened:
        answer.get_by_role("link").click()
    opened.value.wait_for_function("scrollY > 1000")


def test_a_file_is_not_a_page(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    will_cite(hosts, "https://alice.example/bread.pdf", kind="file")
    ask(page, "What is baked?", "Nobody bakes")
    answer = last_answer(page)
    answer.get_by_role("list", name="Sources").locator("summary").press("Enter")

    expect(answer.locator("mark").first).to_be_visible()
    expect(answer.get_by_role("link")).to_have_attribute("href", "https://alice.example/bread.pdf")


def test_a_passage_leaves_its_mark_in_sight_where_there_is_little_room(
    hosts: Hosts, visit: Visit
) -> None:
    page = visit(hosts.page(), viewport={"width": 320, "height": 256}).page
    open_chat(page)
    will_cite(hosts, hosts.page())
    ask(page, "What is baked?", "Nobody bakes")
    mark = last_answer(page).get_by_role("button", name="Source 1:").first
    mark.click()
    note = page.get_by_role("note")
    expect(note.locator("mark").first).to_be_in_viewport()
    here, card = mark.bounding_box(), note.bounding_box()
    assert here
    assert card
    assert card["y"] + card["height"] <= here["y"] or card["y"] >= here["y"] + here["height"]

    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
