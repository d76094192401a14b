"""What a visitor does with a chat, by roles and names alone."""

from __future__ import annotations

from collections.abc import Callable

from browsing import Watched, last_answer
from playwright.sync_api import Page, expect

Visit = Callable[..., Watched]


def open_chat(page: Page) -> None:
    """Open the chat, and wait until it knows whose it is."""
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("dialog").get_by_role("heading").first).not_to_be_empty()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_visible()


def ask(page: Page, question: str, answer: str = "Yes.") -> None:
    """Ask, and wait for the end of the answer."""
    send(page, question)
    expect(last_answer(page)).to_contain_text(answer)
    expect(page.get_by_role("button", name="Send", exact=True).last).to_be_visible()


def send(page: Page, question: str) -> None:
    """Ask, without waiting."""
    field = page.get_by_role("dialog").get_by_role("textbox").last
    field.fill(question)
    field.press("Enter")
