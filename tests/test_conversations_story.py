"""Keeping order in conversations, in a real browser, on a desk and on a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest
from browsing import SIZES, Story, Watched, check_accessible, served, shoot_all, watch
from playwright.sync_api import Browser, Page, expect

from ragwidget.demo import seed

pytestmark = pytest.mark.browser

QUESTIONS = (
    "How many pages may a PDF have?",
    "Which files can it read?",
    "What is the airspeed of an unladen swallow?",
    "Can visitors delete their conversations?",
    "Wie lange werden Gespräche aufbewahrt, und wer kann sie in unserem Team überhaupt lesen?",
)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with served(tmp_path_factory.mktemp("order")) as story:
        yield story


@pytest.fixture(scope="module")
def owner(story: Story, browser: Browser) -> Iterator[Watched]:
    """The owner of the demonstration's chatbot, whom some visitors have asked."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(15_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=story.home)
    watched = watch(context)
    page = watched.page
    page.goto(f"{story.home}/sign-in")
    page.locator("[name=email]").fill(seed.EMAIL)
    page.locator("[name=password]").fill(seed.PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".chatbot").get_by_role("link").click()
    page.wait_for_url("**/chatbots/**")
    for question in QUESTIONS:
        ask(page, story, question)
    page.get_by_role("link", name="Conversations", exact=True).click()
    yield watched
    context.close()
    watched.check()


def ask(page: Page, story: Story, question: str) -> None:
    """Let a visitor ask in a conversation of its own."""
    found = re.search("chatbots/([0-9a-f-]+)", page.url)
    assert found
    body = {
        "chatbot_id": found[1],
        "message": question,
        "stream": False,
        "page": {"url": f"{story.site}/help/questions", "title": "Questions and answers"},
    }
    headers = {"Content-Type": "application/json"}
    sent = Request(f"{story.home}/api/v1/chat", json.dumps(body).encode(), headers)
    with urlopen(sent) as answer:
        assert answer.status == 200


def check_both(page: Page, name: str) -> None:
    """Take pictures, and let axe look at a desk and at a phone."""
    shoot_all(page, name)
    check_accessible(page)
    page.set_viewport_size({"width": SIZES["phone"][0], "height": SIZES["phone"][1]})
    check_accessible(page)
    page.set_viewport_size({"width": SIZES["desktop"][0], "height": SIZES["desktop"][1]})


def test_an_owner_narrows_the_list_and_widens_it_again(owner: Watched, story: Story) -> None:
    page = owner.page
    expect(page.locator(".unread")).to_have_count(len(QUESTIONS))
    page.get_by_text("Filters and order").click()
    check_both(page, "conversations-filters")
    page.get_by_label("Answer", exact=True).select_option("Not answered")
    page.get_by_label("Page, and those under it").fill(f"{story.site}/help")
    page.get_by_role("button", name="Show these").click()

    expect(page.get_by_role("link", name="Not answered (take this filter away)")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("swallow"))).to_be_visible()
    check_both(page, "conversations-filtered")
    page.get_by_role("link", name=re.compile("^On http")).click()
    page.get_by_role("link", name=re.compile("^Not answered .take")).click()
    expect(page.locator(".unread")).to_have_count(len(QUESTIONS))


def test_an_owner_tags_many_at_once(owner: Watched) -> None:
    page = owner.page
    page.get_by_role("link", name="Tags", exact=True).click()
    expect(page.get_by_role("heading", name="No tags yet")).to_be_visible()
    for name, colour in (("Delivery", "teal"), ("To be answered by somebody", "pink")):
        page.get_by_label("Name", exact=True).last.fill(name)
        page.get_by_label("Colour", exact=True).last.select_option(colour)
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("link", name=f"Conversations tagged {name}")).to_be_visible()
    page.get_by_text("Change Delivery").click()
    check_both(page, "tags")
    page.get_by_role("navigation").get_by_role("link", name="Conversations").first.click()

    bar = page.locator("[data-picked]")
    expect(bar).to_be_hidden()
    for question in QUESTIONS[2:4]:
        page.get_by_label(f"Tick: {question}").check()
    expect(bar.get_by_text("2 ticked")).to_be_visible()
    check_both(page, "conversations-ticked")
    bar.get_by_label("What to do with them").select_option("To be answered by somebody")
    bar.get_by_role("button", name="Apply").click()

    expect(page.get_by_text("2 conversations tagged.")).to_be_visible()
    expect(page.locator(".threads .tag.pink")).to_have_count(2)
    expect(page.get_by_label(f"Tick: {QUESTIONS[2]}")).not_to_be_checked()


def test_an_owner_works_through_conversations_by_keyboard(owner: Watched) -> None:
    page = owner.page
    page.get_by_role("link", name=re.compile(QUESTIONS[3][:20])).click()
    page.get_by_text("Notes for the team").click()
    page.get_by_label("A note", exact=True).fill("Ask Bea whether this is still so.\n\nBy Monday.")
    page.wait_for_load_state()
    page.keyboard.press("j")  # a letter like another, here
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_text("Ask Bea whether")).to_contain_text("By Monday.j")
    page.get_by_role("button", name="Mark as handled").click()
    expect(page.get_by_text(re.compile("^Handled just now"))).to_be_visible()
    page.get_by_text("Tags", exact=True).click()
    check_both(page, "conversation-kept")

    page.wait_for_load_state()  # until then, nobody hears keys and clicks
    page.get_by_role("link", name="Link to this answer").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert "#message-" in page.evaluate("navigator.clipboard.readText()")
    for key, question in (("j", QUESTIONS[2]), ("k", QUESTIONS[3]), ("j", QUESTIONS[2])):
        page.wait_for_load_state()
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_have_text(question)


def test_an_owner_makes_a_pair_of_what_was_not_answered(owner: Watched) -> None:
    page = owner.page
    page.get_by_role("link", name="Turn into a Q&A pair").click()
    expect(page.get_by_label("Question", exact=True)).to_have_value(QUESTIONS[2])
    check_both(page, "pair")
    page.get_by_label("Answer", exact=True).fill("About **eleven metres a second**.")
    page.get_by_role("button", name="Keep as a source").click()

    page.get_by_role("link", name="The Q&A pair made of it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(QUESTIONS[2])


def test_an_owner_hears_of_new_conversations(owner: Watched, story: Story) -> None:
    page = owner.page
    page.clock.install()
    page.get_by_role("navigation").get_by_role("link", name="Conversations").first.click()
    expect(page.locator(".unread")).to_have_count(len(QUESTIONS) - 2)
    ask(page, story, "Is somebody there?")
    page.wait_for_load_state()
    page.clock.run_for(11_000)
    page.get_by_role("link", name="1 new").click()

    expect(page.get_by_role("link", name=re.compile("Is somebody there"))).to_be_visible()
    expect(page.locator(".unread")).to_have_count(len(QUESTIONS) - 1)
