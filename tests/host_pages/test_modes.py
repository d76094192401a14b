"""The way of answering that a visitor chose, where the owner leaves the choice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chatting import ask, open_chat
from conftest import Visit
from hosting import Hosts
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

STRICT = "Answers come from this site’s own documents."
CAREFUL = "Answers can be wrong. Check the sources."


@pytest.fixture(autouse=True)
def modes(hosts: Hosts) -> Iterator[None]:
    """Alice leaves a choice, until the end of the test."""
    hosts.change(mode="strict", visitor_modes=["balanced", "creative"])
    yield
    hosts.change(mode="strict", visitor_modes=[])


def test_a_choice_is_remembered_and_said_under_the_field(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    modes = page.get_by_role("combobox", name="Way of answering")
    expect(modes).to_have_value("strict")
    expect(page.get_by_text(STRICT)).to_be_visible()
    modes.select_option("Creative")
    expect(page.get_by_text(CAREFUL)).to_be_visible()

    page.reload()
    expect(modes).to_have_value("creative")
    expect(page.get_by_text(CAREFUL)).to_be_visible()
    ask(page, "Do you still remember?")
    assert hosts.engine.asked[-1].mode == "creative"
    modes.select_option("Precise")
    expect(page.get_by_text(STRICT)).to_be_visible()
    ask(page, "And now?")
    assert hosts.engine.asked[-1].mode == "strict"


def test_a_choice_is_forgotten_when_the_owner_takes_it_back(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    modes = page.get_by_role("combobox", name="Way of answering")
    modes.select_option("Creative")
    hosts.change(visitor_modes=["balanced"])
    page.reload()
    expect(modes).to_have_value("strict")
    ask(page, "How do you answer?")
    assert hosts.engine.asked[-1].mode == "strict"

    hosts.change(visitor_modes=[])
    page.reload()
    ask(page, "And now?")
    expect(modes).to_have_count(0)
    assert hosts.engine.asked[-1].mode == "strict"
