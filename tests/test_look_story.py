"""The look an owner chooses, in a real browser: whatever is chosen can be read."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from browsing import (
    ROOT,
    Story,
    Watched,
    check_accessible,
    served,
    shoot,
    shoot_all,
    watch,
)
from playwright.sync_api import Browser, Page, expect

from ragwidget.demo import seed

pytestmark = pytest.mark.browser

# what is hard: black and white, the middle, and colours that are far from grey
HARD = ["#ffffff", "#000000", "#777777", "#ffff00", "#0000ff", "#ff0000", "#00ff00", "#ff00ff"]

MEASURE = (ROOT / "tests" / "contrast.js").read_text()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with served(tmp_path_factory.mktemp("look")) as story:
        yield story


@pytest.fixture
def victor(story: Story, browser: Browser) -> Iterator[Watched]:
    """A visitor on the stranger's page, with an answer before them."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    watched = watch(context)
    watched.page.goto(story.site)
    watched.page.get_by_role("button", name="Open chat").click()
    field = watched.page.get_by_role("dialog").get_by_role("textbox")
    field.fill("Which files can it read?")
    field.press("Enter")
    expect(watched.page.get_by_role("button", name="Copy answer")).to_be_visible()
    yield watched
    context.close()
    watched.check()


@pytest.fixture
def owner(story: Story, browser: Browser) -> Iterator[Watched]:
    """The owner of the demonstration's chatbot, on the page of its look."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(30_000)
    watched = watch(context)
    page = watched.page
    page.goto(f"{story.home}/sign-in")
    page.locator("[name=email]").fill(seed.EMAIL)
    page.locator("[name=password]").fill(seed.PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".chatbot").get_by_role("link").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Look").click()
    yield watched
    context.close()
    watched.check()


def test_an_owner_sees_the_real_chat_change_before_it_is_saved(owner: Watched) -> None:
    page = owner.page
    preview = page.frame_locator("[data-preview]")
    panel = preview.get_by_role("dialog")
    expect(panel).to_contain_text("I have read")
    before = panel.bounding_box()
    page.get_by_label("Accent colour", exact=True).fill("#c2410c")
    page.get_by_label("Background", exact=True).fill("#fdf0e0")
    page.get_by_label("Left", exact=True).check()
    page.get_by_label("Large").check()
    page.get_by_label("Roundness").fill("4")
    page.get_by_label("Avatar").fill("🦊")

    expect(panel).to_have_css("border-radius", "4px")
    expect(preview.locator(".launcher")).to_have_css("background-color", "rgb(194, 65, 12)")
    expect(preview.locator(".avatar")).to_have_text("🦊")
    now = panel.bounding_box()
    assert (now["x"] < before["x"], now["width"] > before["width"]) == (True, True)
    page.evaluate("scrollTo(0, 0)")
    check_accessible(page)
    shoot_all(page, "look")

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(panel).to_have_css("border-radius", "4px")
    expect(preview.locator(".avatar")).to_have_text("🦊")
    page.get_by_role("button", name="Back to the default").click()
    expect(page.get_by_label("Accent colour", exact=True)).to_have_value("#4f46e5")
    expect(panel).to_have_css("border-radius", "16px")

    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("button", name="Open chat")).to_be_visible()  # and over nothing


def subject(page: Page, name: str) -> None:
    """Go to a subject of the settings."""
    link = page.get_by_role("navigation", name="Settings").get_by_role("link", name=name)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")


def test_the_chat_beside_the_form_says_what_is_not_saved_yet(owner: Watched) -> None:
    page = owner.page
    chat = page.frame_locator("[data-preview]").get_by_role("dialog")
    subject(page, "Welcome")
    expect(chat).to_contain_text("I have read")
    page.get_by_label("Welcome", exact=True).fill("Ahoy! What can I find for you?")
    expect(chat).to_contain_text("Ahoy! What can I find for you?")
    page.get_by_label("Suggested questions").fill("Where is the harbour?")
    expect(chat.get_by_role("button", name="Where is the harbour?")).to_be_visible()
    page.get_by_label("Suggested questions").fill("\n".join(map(str, range(9))))
    expect(page.get_by_text("These are 9; 6 fit.")).to_be_visible()
    check_accessible(page)
    subject(page, "Contact")
    expect(chat).to_contain_text("I have read")
    for name in ("Answers", "Words", "Contact", "Limits", "Privacy", "Chatbot"):
        subject(page, name)
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        check_accessible(page)
        shoot_all(page, f"settings-{name.lower()}")


def test_a_change_is_seen_on_a_phone_and_undone(owner: Watched) -> None:
    page = owner.page
    page.set_viewport_size({"width": 360, "height": 740})
    subject(page, "Welcome")
    stage = page.get_by_role("complementary", name="Preview")
    expect(stage).to_be_hidden()
    page.get_by_role("button", name="Preview").click()
    expect(page.frame_locator("[data-preview]").get_by_role("dialog")).to_contain_text("I have")
    shoot(page, "settings-preview-phone")
    page.get_by_role("button", name="Back to the settings").click()
    expect(stage).to_be_hidden()

    before = page.get_by_label("Name", exact=True).input_value()
    page.get_by_label("Name", exact=True).fill("Harbour pilot")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    subject(page, "Changes")
    change = page.get_by_role("article").filter(has_text="Harbour pilot").first
    expect(change).to_contain_text(before)
    check_accessible(page)
    shoot_all(page, "settings-changes")
    change.get_by_role("button", name="Undo: Name").click()
    expect(page.get_by_role("status")).to_contain_text("It is back to how it was.")
    subject(page, "Welcome")
    expect(page.get_by_label("Name", exact=True)).to_have_value(before)


def test_a_chatbot_is_tried_and_shows_how_it_came_to_its_answer(owner: Watched) -> None:
    page = owner.page
    page.get_by_role("link", name="Playground").click()
    page.get_by_label("Question", exact=True).fill("Which files can it read?")
    page.get_by_role("button", name="Ask", exact=True).click()
    answer = page.get_by_role("article", name="Answer", exact=True)
    expect(answer).to_have_count(1)
    expect(answer).to_contain_text("PDF")
    answer.get_by_text(re.compile(r"\d+ events")).click()
    expect(answer.get_by_text("finish", exact=True)).to_be_visible()
    answer.get_by_role("list", name="Passages").get_by_text("score").first.click()
    expect(answer.get_by_role("link", name="The whole source").first).to_be_visible()
    check_accessible(page)
    shoot_all(page, "playground")

    page.get_by_label("Question", exact=True).fill("And how large may they be?")
    page.keyboard.press("Enter")
    expect(answer).to_have_count(2)


def choices() -> Iterator[tuple[str, str, str]]:
    """Return accents and backgrounds that are hard, and as many that came by chance."""
    chance = random.Random(4)
    by_chance = [f"#{chance.randrange(1 << 24):06x}" for _ in range(40)]
    for number, accent in enumerate(HARD + by_chance):
        for other in (HARD[number % len(HARD)], chance.choice(by_chance)):
            for scheme in ("light", "dark"):
                yield accent, other, scheme


def test_it_can_be_read_in_whatever_colours_are_chosen(victor: Watched) -> None:
    unreadable = []
    for choice in choices():
        measured = victor.page.evaluate(MEASURE, choice)
        assert measured["seen"] > 20
        assert measured["dark"] is (choice[2] == "dark")
        unreadable += [(*choice, what) for what in measured["found"]]

    assert not unreadable, "\n".join(map(str, unreadable[:20]))
