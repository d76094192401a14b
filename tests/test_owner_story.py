"""The owner's whole story: from sign-up to a transcript, with a PDF and a page of their own."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browsing import (
    Story,
    Watched,
    check_accessible,
    last_answer,
    served,
    shoot,
    shoot_all,
    watch,
)
from fpdf import FPDF
from playwright.sync_api import Browser, Page, expect
from signing import token_of

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "alice@example.org", "three kind words"
NEW_PASSWORD = "four rather kind words"
PAGES = [
    "The kiln stands in the yard. Pots are fired on the first Thursday of the month.",
    "A beginners' course takes six evenings and costs 140 euros, clay included.",
    "Glazes are mixed by hand. The celadon glaze holds two parts of ash to one of feldspar.",
]


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and keeps that to itself."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with served(tmp_path_factory.mktemp("owner")) as story:
        yield story


@pytest.fixture(scope="module")
def alice(story: Story, browser: Browser) -> Iterator[Watched]:
    """The owner, whose story the tests of this file tell one after the other."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(30_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=story.home)
    watched = watch(context)
    yield watched
    context.close()
    watched.check()


@pytest.fixture(scope="module")
def own_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Alice's own website: a folder, and the address it is served at."""
    folder = tmp_path_factory.mktemp("site")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = FPDF()
    for text in PAGES:
        made.add_page()
        made.set_font("Helvetica", size=14)
        made.multi_cell(0, 8, text)
    path = tmp_path_factory.mktemp("files") / "Pottery.pdf"
    made.output(str(path))
    return path


def section(page: Page, name: str) -> None:
    link = page.get_by_role("navigation").get_by_role("link", name=name, exact=True)
    link.click()
    expect(link).to_have_attribute("aria-current", "page")


def ask(page: Page, question: str) -> None:
    if not page.get_by_role("dialog").is_visible():
        page.get_by_role("button", name="Open chat").click()
    field = page.get_by_role("dialog").get_by_role("textbox")
    field.fill(question)
    field.press("Enter")
    expect(page.get_by_role("article", name="You").last).to_have_text(question)
    expect(last_answer(page).get_by_role("button", name="Copy answer")).to_be_visible()


def test_it_signs_an_owner_up(story: Story, alice: Watched) -> None:
    page = alice.page
    page.goto(f"{story.home}/")
    expect(page).to_have_url(re.compile("/sign-in"))
    shoot_all(page, "sign-in")
    page.get_by_role("link", name="Sign up").click()
    shoot_all(page, "sign-up")
    check_accessible(page)
    page.get_by_label("Organization").fill("Alice's pottery")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("button", name="Organization: Alice's pottery")).to_be_visible()
    expect(page.get_by_text("RagWidget guide")).to_have_count(0)  # another organization's
    shoot_all(page, "dashboard-empty")
    check_accessible(page)


def test_it_makes_a_chatbot(alice: Watched) -> None:
    page = alice.page
    page.get_by_role("link", name="Create chatbot").first.click()
    shoot_all(page, "chatbot-new")
    page.get_by_label("Name").fill("Pottery helper")
    page.get_by_role("button", name="Create chatbot").click()

    expect(page.get_by_role("heading", level=1, name="Sources")).to_be_visible()
    shoot_all(page, "sources-empty")
    check_accessible(page)


def test_it_reads_what_it_is_given_while_the_owner_watches(
    alice: Watched, pdf: Path, tmp_path: Path
) -> None:
    page = alice.page
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(pdf.read_bytes()[:300])
    notes = tmp_path / "notes.md"
    notes.write_text("# Wheels\n\nThere are eight throwing wheels in the workshop.\n")
    page.set_input_files("input[type=file]", [pdf, broken, notes])

    listed = page.get_by_role("listitem")
    expect(listed.filter(has_text="Pottery.pdf").get_by_text("Ready", exact=True)).to_be_visible(
        timeout=30_000
    )
    expect(listed.filter(has_text="Pottery.pdf")).to_contain_text("3 pages")
    expect(listed.filter(has_text="notes.md").get_by_text("Ready", exact=True)).to_be_visible(
        timeout=30_000
    )
    failed = listed.filter(has_text="broken.pdf")
    expect(failed.get_by_text("Failed", exact=True)).to_be_visible()
    expect(failed).to_contain_text(re.compile("damaged|read", re.I))

    page.get_by_text("Paste a text").click()
    page.get_by_label("Title", exact=True).fill("Opening hours")
    page.get_by_label("Text", exact=True).fill(
        "The workshop is open from ten to six, not on Mondays.\n\n"
        f"https://pottery.example/{'opening' * 20}"  # must not make the page of what was read wider
    )
    page.get_by_role("button", name="Add text").click()
    expect(listed.filter(has_text="Opening hours").get_by_text("Ready", exact=True)).to_be_visible(
        timeout=30_000
    )

    page.get_by_text("Write a question and its answer").click()
    page.get_by_label("Question", exact=True).fill("Do you sell gift vouchers?")
    page.get_by_label("Answer", exact=True).fill("Yes, at the counter and by mail, from 20 euros.")
    page.get_by_role("button", name="Add question and answer").click()
    expect(listed.filter(has_text="gift vouchers").get_by_text("Ready", exact=True)).to_be_visible(
        timeout=30_000
    )
    shoot_all(page, "sources")
    check_accessible(page)

    page.get_by_role("link", name="Pottery.pdf").click()
    expect(page.get_by_text("celadon glaze")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Opening hours").click()
    expect(page.get_by_text("not on Mondays").last).to_be_visible()
    shoot_all(page, "source")
    page.go_back()


def test_it_refuses_the_same_file_twice_and_says_so(alice: Watched, pdf: Path) -> None:
    page = alice.page
    alice.expect_problem("409")
    page.set_input_files("input[type=file]", [pdf])

    expect(page.get_by_text(re.compile("already"))).to_be_visible()
    expect(page.locator("[data-source]").filter(has_text="Pottery.pdf")).to_have_count(1)


def test_it_can_be_tried_in_the_dashboard(alice: Watched) -> None:
    page = alice.page
    section(page, "Overview")
    ask(page, "How much is the beginners' course?")
    expect(last_answer(page)).to_contain_text("140 euros")
    expect(last_answer(page).get_by_role("list", name="Sources")).to_contain_text("Page 2")
    ask(page, "do you sell gift vouchers")
    last_answer(page).get_by_role("list", name="Sources").get_by_text("gift vouchers").click()
    expect(last_answer(page)).to_contain_text("Yes, at the counter and by mail, from 20 euros.")
    shoot(page, "preview")


def test_it_installs_on_a_page_of_ones_own(
    story: Story, alice: Watched, own_page: tuple[Path, str]
) -> None:
    page = alice.page
    folder, address = own_page
    section(page, "Install")
    shoot_all(page, "install-fresh")
    page.get_by_role("button", name="Copy").first.click()
    snippet = page.evaluate("navigator.clipboard.readText()")
    assert snippet.startswith(f'<script src="{story.home}/widget.js" data-chatbot="')
    (folder / "index.html").write_text(
        '<!doctype html><link rel="icon" href="data:,"><title>Pottery</title><h1>Pots</h1>'
        + snippet
    )

    visitor = watch(page.context)
    visitor.expect_problem("403")
    visitor.expect_problem("RagWidget:")
    visitor.page.goto(address)
    visitor.page.get_by_role("button", name="Open chat").click()
    expect(visitor.page.get_by_role("dialog")).to_contain_text("not available on this website")

    page.reload()
    expect(page.get_by_text("Turned away")).to_be_visible()
    expect(page.get_by_text(address).first).to_be_visible()
    shoot_all(page, "install-turned-away")
    page.get_by_role("button", name="Allow it").click()
    expect(page.get_by_label("Allowed websites")).to_have_value(re.compile(re.escape(address)))

    visitor.page.reload()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()
    ask(visitor.page, "When are pots fired?")
    expect(last_answer(visitor.page)).to_contain_text("first Thursday")
    visitor.check()
    page.reload()
    expect(page.get_by_text("Working")).to_be_visible()
    shoot_all(page, "install-working")
    check_accessible(page)


def test_it_makes_a_key_to_know_visitors_by_and_shows_who_asks(
    story: Story, alice: Watched
) -> None:
    page = alice.page
    page.get_by_role("button", name="Make a key").click()
    key = page.get_by_role("textbox", name="The new key").input_value()
    page.locator("#identity").get_by_role("button", name="Copy").first.click()
    assert page.evaluate("navigator.clipboard.readText()") == key
    check_accessible(page)
    shoot_all(page, "install-identity-key")
    section(page, "Install")
    expect(page.get_by_text("A key for tokens, made")).to_be_visible()
    page.locator("#identity").get_by_text("PHP", exact=True).click()
    check_accessible(page)
    shoot_all(page, "install-identity")

    chatbot = page.url.split("/")[-2]
    signed = page.request.post(
        f"{story.home}/api/v1/chatbots/{chatbot}/identify",
        data={"token": token_of(key, "customer-42", name="Mia Marsh", email="mia@example.org")},
    )
    for headers, said in (
        ({"Authorization": f"Bearer {signed.json()['token']}"}, {}),
        ({}, {"name": "Bo Brook", "email": "bo@example.org"}),
    ):
        page.request.post(
            f"{story.home}/api/v1/chat",
            headers=headers,
            data={
                "chatbot_id": chatbot,
                "message": "How long is a course?",
                "stream": False,
                "visitor": said,
                "context": {"plan": "gold", "last order": "two sacks of stoneware clay"},
            },
        )
    section(page, "Conversations")
    shoot_all(page, "conversations-known")
    check_accessible(page)
    for name, verified in (("Mia Marsh", "Verified"), ("Bo Brook", "Not verified")):
        page.get_by_role("listitem").filter(has_text=name).get_by_role("link").click()
        card = page.get_by_role("region", name="Visitor")
        expect(card).to_contain_text(verified)
        expect(card).to_contain_text(name)
        check_accessible(page)
        shoot_all(page, f"transcript-{verified.lower().replace(' ', '-')}")
        page.go_back()
    section(page, "Install")


def test_it_says_what_is_wrong_with_an_origin(alice: Watched) -> None:
    page = alice.page
    alice.expect_problem("422")
    before = page.get_by_label("Allowed websites").input_value()
    page.get_by_label("Allowed websites").fill("*")
    page.get_by_role("button", name="Save websites").click()

    expect(page.locator("#origins-errors")).to_be_visible()
    page.get_by_label("Allowed websites").fill(before + "\nHTTPS://Shop.Example.org/")
    page.get_by_role("button", name="Save websites").click()
    expect(page.get_by_label("Allowed websites")).to_have_value(
        re.compile(r"https://shop\.example\.org$", re.M)
    )


def test_it_shows_what_was_asked(story: Story, alice: Watched, own_page: tuple[Path, str]) -> None:
    page = alice.page
    section(page, "Conversations")
    expect(page.get_by_role("link", name="When are pots fired?")).to_be_visible()
    shoot_all(page, "conversations")
    check_accessible(page)
    page.get_by_role("link", name="When are pots fired?").click()

    expect(page.get_by_text("first Thursday").first).to_be_visible()
    expect(page.get_by_text("Pottery.pdf").first).to_be_visible()
    expect(page.get_by_text("Pottery.pdf, page 1").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(
        re.compile(rf"{story.engine}, [\s\S]*strict[\s\S]*first words after")
    )
    expect(page.get_by_role("link", name="Pottery", exact=True).first).to_have_attribute(
        "href", re.compile(re.escape(own_page[1]))
    )
    shoot_all(page, "transcript")
    check_accessible(page)


def test_it_forgets_a_source_that_was_deleted(alice: Watched) -> None:
    page = alice.page
    section(page, "Sources")
    page.get_by_role("button", name="Delete Pottery.pdf").click()
    shoot(page, "delete-confirm")
    page.get_by_role("button", name=re.compile("^Delete$")).click()
    expect(page.locator("[data-source]").filter(has_text="Pottery.pdf")).to_have_count(0)

    section(page, "Overview")
    ask(page, "How much is the beginners' course?")
    expect(last_answer(page)).not_to_contain_text("140 euros")


def test_it_lets_the_owner_choose_words_and_limits(alice: Watched) -> None:
    page = alice.page
    section(page, "Settings")
    shoot_all(page, "settings")
    check_accessible(page)
    page.get_by_role("link", name="Limits").click()
    expect(page.get_by_label("Questions per visitor and hour")).to_be_visible()


def test_it_brings_an_owner_back_who_forgot_the_password(story: Story, alice: Watched) -> None:
    page = alice.page
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.get_by_role("link", name=re.compile("forgot", re.I)).click()
    shoot_all(page, "forgotten-password")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("button").last.click()
    page.wait_for_load_state("networkidle")

    mails = [
        entry
        for entry in map(json.loads, filter(_is_json, story.log.read_text().splitlines()))
        if entry.get("event") == "mail" and entry["to"] == EMAIL
    ]
    link = re.search(r"http\S+/forgotten-password/\S+", mails[-1]["body"])
    assert link, mails[-1]
    assert link[0].rpartition("/")[2] not in page.content()

    page.goto(link[0])
    page.get_by_label("Password", exact=True).or_(
        page.get_by_label("New password", exact=True)
    ).fill(NEW_PASSWORD)
    page.get_by_label(re.compile("again", re.I)).fill(NEW_PASSWORD)
    shoot_all(page, "reset-password")
    page.get_by_role("button").last.click()
    if "/sign-in" in page.url:
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(NEW_PASSWORD)
        page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("Pottery helper")).to_be_visible()
    shoot_all(page, "dashboard")
    check_accessible(page)


def test_it_says_kindly_that_a_page_is_not_there(story: Story, alice: Watched) -> None:
    alice.expect_problem("404")
    alice.page.goto(f"{story.home}/dashboard/chatbots/01234567-89ab-7def-8123-456789abcdef/")

    expect(alice.page.get_by_role("heading", level=1)).to_be_visible()
    shoot_all(alice.page, "not-found")


def _is_json(line: str) -> bool:
    return line.startswith("{")
