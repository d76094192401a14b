"""The visitor's whole story once more, with Gemini's own client against the emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Story, Watched, last_answer, served, shoot
from gemini_emulator import Emulator
from playwright.sync_api import expect
from test_visitor_story import *  # noqa: F403 (the same story, told by another engine)
from test_visitor_story import ask, open_chat, wait_for_answer

FIRST_MS, CHUNK_MS = 200, 150


@pytest.fixture(scope="module")
def gemini() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def story(gemini: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with served(tmp_path_factory.mktemp("gemini-visitor"), gemini=gemini) as story:
        yield story


@pytest.fixture(autouse=True)
def unhurried(gemini: Emulator) -> Iterator[None]:
    """Let answers come slowly enough that there is time to act in the middle of one."""
    gemini.calm()
    gemini.pace(first_ms=FIRST_MS, chunk_ms=CHUNK_MS)
    yield
    gemini.calm()


def test_it_admits_that_the_sources_do_not_answer_and_cites_nothing(victor: Watched) -> None:
    open_chat(victor.page)
    ask(victor.page, "Who won the football world cup in 1998?")
    wait_for_answer(victor.page)

    expect(last_answer(victor.page)).to_contain_text("Not from the sources")
    expect(last_answer(victor.page).get_by_role("list", name="Sources")).to_have_count(0)
    shoot(victor.page, "widget-ungrounded")


def test_it_blames_nobody_when_gemini_is_down_and_tries_again(
    victor: Watched, gemini: Emulator
) -> None:
    page = victor.page
    open_chat(page)
    gemini.scenario("overloaded", on="generate")
    ask(page, "Which files can it read?")
    expect(last_answer(page).get_by_role("alert")).to_be_visible(timeout=30_000)
    expect(last_answer(page)).not_to_contain_text("Gemini")
    shoot(page, "widget-gemini-down")

    gemini.calm()
    last_answer(page).get_by_role("button", name="Try again").click()
    wait_for_answer(page)
    expect(last_answer(page)).to_contain_text("PPTX")


def test_it_keeps_what_was_said_before_the_line_was_cut(victor: Watched, gemini: Emulator) -> None:
    page = victor.page
    open_chat(page)
    gemini.scenario("cut", on="generate", times=1)
    ask(page, "Which files can it read?")
    expect(last_answer(page).get_by_role("alert")).to_be_visible(timeout=30_000)
    kept = last_answer(page).inner_text()
    assert len(kept.split()) > 8

    page.reload()
    expect(last_answer(page).get_by_role("button", name="Try again")).to_be_visible()
    assert last_answer(page).inner_text().split()[:4] == kept.split()[:4]
