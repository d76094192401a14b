"""The widget speaks a page's language, and is drawn from the side on which reading begins."""

from __future__ import annotations

from uuid import uuid4

import pytest
from browsing import check_accessible, shoot
from chatting import send
from conftest import Visit
from hosting import PROSE, Hosts
from playwright.sync_api import Locator, Page, expect

from ragwidget import languages
from ragwidget.chat.events import SourceRef, Sources

pytestmark = pytest.mark.browser

QUESTION, ANSWER = "متى يفتح المتجر؟", "يفتح المتجر في التاسعة صباحًا."


def middle(thing: Locator) -> float:
    box = thing.bounding_box()
    assert box
    return box["x"] + box["width"] / 2


def open_chat(page: Page) -> Locator:
    """Open the chat, and return its field once the words have come."""
    page.locator("rag-widget").get_by_role("button").first.click()
    expect(page.get_by_role("dialog").get_by_role("heading").first).not_to_be_empty()
    return page.get_by_role("dialog").get_by_role("textbox")


def test_it_speaks_the_language_of_the_line_or_the_chatbot_or_the_page(
    hosts: Hosts, visit: Visit
) -> None:
    page = visit("about:blank", locale="it-IT").page
    for chatbot, html, wishes, language in (
        ("", 'lang="de-AT"', {}, "de"),
        ("", 'lang="ja"', {}, "ja"),
        ("", 'lang="zh-CN"', {}, "zh"),
        ("", "", {}, "it"),
        ("", 'lang="de"', {"lang": "pl"}, "pl"),
        ("ko", 'lang="de"', {}, "ko"),
        ("ko", 'lang="de"', {"lang": "tr"}, "tr"),
    ):
        hosts.change(locale=chatbot)
        page.goto(hosts.page(PROSE + hosts.line(**wishes), html=html))

        field = open_chat(page)

        words = languages.words(language)
        expect(field).to_have_attribute("placeholder", words["placeholder"])
        expect(page.get_by_role("dialog")).to_have_attribute("lang", language)
        expect(page.get_by_role("dialog")).to_contain_text(words["welcome"])
        expect(page.get_by_role("button", name=words["close"]).first).to_be_visible()
        page.evaluate("sessionStorage.clear()")
    hosts.change(locale="")


def test_it_says_why_not_in_the_visitors_language(hosts: Hosts, visit: Visit) -> None:
    victor = visit(hosts.page(html='lang="de"'), locale="de-DE", timezone_id="UTC")
    page = victor.page
    words = languages.more_words("de")
    open_chat(page)
    hosts.change(questions_per_hour=1)
    send(page, "Eine Frage")
    expect(page.get_by_role("article", name="Antwort")).to_contain_text("Yes.")
    expect(page.get_by_role("button", name="Antwort kopieren")).to_be_visible()
    victor.expect_problem("429|403|allowed websites")

    send(page, "Noch eine")
    notice = page.get_by_role("dialog").get_by_role("alert")
    expect(notice).to_contain_text(words["rate_limited"])
    expect(notice).to_contain_text(words["later"].split("{")[0])
    hosts.change(questions_per_hour=None, origins=[])
    page.reload()
    expect(notice).to_have_text(words["origin_not_allowed"])
    hosts.change(origins=[hosts.site])


@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_mirrored_where_reading_begins_on_the_right(
    hosts: Hosts, visit: Visit, width: int
) -> None:
    source = SourceRef(
        1, str(uuid4()), "Opening hours.pdf", "file", 3, None, "The shop opens at nine.", 0.9,
        ((0, len(ANSWER)),),
    )  # fmt: skip
    hosts.engine.will_say(ANSWER, Sources((source,)))
    hosts.engine.will_say("At nine.\n\n" + "And every day anew.\n\n" * 20)
    words = languages.words("ar") | languages.more_words("ar")
    victor = visit(hosts.page(html='lang="ar" dir="rtl"'), viewport={"width": width, "height": 740})
    page, dialog = victor.page, victor.page.get_by_role("dialog")
    open_chat(page)
    shoot(page, f"widget-rtl-welcome-{width}")
    send(page, QUESTION)
    expect(dialog.get_by_role("button", name=words["copy"])).to_have_count(1)
    shoot(page, f"widget-rtl-{width}")
    send(page, "When does the shop open?")
    expect(dialog.get_by_role("button", name=words["copy"])).to_have_count(2)

    centre = middle(dialog)
    asked = dialog.get_by_role("article", name=words["you"])
    expect(asked).to_have_count(2)
    for bubble in (asked.first, asked.last):
        assert middle(bubble) < centre
        assert middle(bubble.get_by_role("button")) > middle(bubble)
    assert middle(dialog.get_by_role("button", name=words["close"], exact=True)) < centre
    assert middle(dialog.get_by_role("button", name=words["send"], exact=True)) < centre
    assert middle(dialog.get_by_role("button", name=words["copy"]).last) > centre
    assert middle(dialog.locator(".number")) > centre

    dialog.get_by_role("log").evaluate("log => (log.scrollTop = 0)")
    latest = dialog.get_by_role("button", name=words["latest"])
    expect(latest).to_be_visible()
    assert middle(latest) < centre
    dialog.get_by_role("button", name=words["threads"]).click()
    row = dialog.get_by_role("region", name=words["threads"]).get_by_role("listitem").first
    expect(row).to_contain_text(QUESTION)
    assert middle(row.get_by_role("button").last) < centre
    assert middle(dialog.get_by_role("button", name=words["back"])) > centre
    shoot(page, f"widget-rtl-drawer-{width}")
    check_accessible(page, within="rag-widget")
