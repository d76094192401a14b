"""The look an owner chooses, in a real browser: whatever is chosen can be read."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from browsing import ROOT, Story, Watched, launch, served, watch
from playwright.sync_api import Browser, expect, sync_playwright

pytestmark = pytest.mark.browser

# what is hard: black and white, the middle, and colours that are far from grey
HARD = ["#ffffff", "#000000", "#777777", "#ffff00", "#0000ff", "#ff0000", "#00ff00", "#ff00ff"]

MEASURE = (ROOT / "tests" / "contrast.js").read_text()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with served(tmp_path_factory.mktemp("look")) as story:
        yield story


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def victor(story: Story, browser: Browser) -> Iterator[Watched]:
    """A visitor on the stranger's page, with an answer before them."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
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
