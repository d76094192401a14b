"""What another engine changes on the pages, in a real browser: passages at hand, the way there."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from browsing import Watched, check_accessible, last_answer, shoot, shoot_all, watch
from cast import PASSWORD, Owner, Visitor, owner, victor_at
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from scripted import ScriptedEngine
from werkzeug.serving import make_server

from ragwidget import library
from ragwidget.chat.events import SourceRef, Sources
from ragwidget.engines.protocol import EngineFailed, Finish, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Document, Message

pytestmark = pytest.mark.browser

ANSWER = """You can bring it back **until six**, and on Saturdays until two. The deposit of fifty
euros is paid out at once.

- Ring the bell in the yard.
- Or put the key into the box."""
GROUNDED = Finish("stop", "gemini-3.8-flash", grounded=True, engine="gemini")
UNGROUNDED = Finish("stop", "gemini-3.8-flash", engine="gemini")
DOWN = EngineFailed("engine_down", "Not now.", hint="Google says that Gemini is overloaded.")
NEXT = ["Where is the key box?", "What happens if I am late?", "May my sister bring it back?"]


@dataclass
class House:
    """Alice's house, served, with an engine to script."""

    app: Flask
    address: str
    alice: Owner
    engine: ScriptedEngine

    @property
    def chatbot(self) -> str:
        """Return where Alice's chatbot is in the dashboard."""
        return f"{self.address}/dashboard/chatbots/{self.alice.chatbot_id}"

    def change(self, **settings: object) -> None:
        """Set something by hand."""
        with self.app.app_context():
            chatbot = db.session.get_one(Chatbot, self.alice.chatbot_id)
            for name, value in settings.items():
                setattr(chatbot, name, value)
            db.session.commit()


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Iterator[House]:
    app = make_house(GEMINI_API_KEY="a-key-that-nobody-should-see")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with app.app_context():
        alice = owner("alice@example.org")
    yield House(app, f"http://127.0.0.1:{server.port}", alice, app.extensions["engine"])
    server.shutdown()
    server.server_close()


@pytest.fixture
def enter(house: House, browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Open browsers in which Alice has signed in."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def open_one(**options: object) -> Watched:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
        context.set_default_timeout(30_000)
        watched = watch(context)
        opened.append((context, watched))
        page = watched.page
        page.goto(f"{house.address}/sign-in")
        page.get_by_label("E-mail").fill("alice@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return watched

    yield open_one
    for context, watched in opened:
        context.close()
        watched.check()


def source(house: House, index: int, title: str, words: str, snippet: str) -> SourceRef:
    start = ANSWER.index(words)
    return SourceRef(
        index=index,
        source_id=str(house.alice.source_id),
        title=title,
        kind="file",
        page=3 if index == 1 else None,
        url=None,
        snippet=snippet,
        score=0.9,
        spans=((start, start + len(words)),),
    )


def cited(house: House) -> Sources:
    long = "The deposit for a marzipan bicycle is fifty euros, and you get it back. " * 14
    return Sources(
        (
            source(house, 1, "Hours.pdf", "on Saturdays until two.", "On Saturdays at two."),
            source(house, 2, "Rules.docx", "is paid out at once.", long),
            source(house, 3, "Leaflet.md", "Ring the bell in the yard.", "Ring the bell."),
        )
    )


def transcript(house: House) -> tuple[str, Visitor]:
    """Have Victor asked everything there is to see of; return where it can be read."""
    house.change(engine="gemini")
    victor = victor_at(house.app)
    usage = Usage(prompt=1812, completion=95, thoughts=208, tools=1100, cached=900)
    house.engine.will_say(ANSWER, cited(house), usage, GROUNDED)
    reply = victor.ask("When can I bring it back?")
    house.engine.will_say("They are made of steel, mostly.", Usage(800, 30), UNGROUNDED)
    victor.ask("What are they made of?")
    withheld = "The bicycle was invented in **1817**.\n\n- Its name was *Laufmaschine*."
    refused = Finish("refused", "gemini-3.8-flash", engine="gemini", withheld=withheld)
    house.engine.will_say("I can't find an answer to that.", Usage(800, 30, 100), refused)
    victor.ask("Who invented it?")
    instead = Finish("stop", "local", grounded=True, engine="local", instead_of=DOWN)
    house.engine.will_say("The bicycle shop opens at nine.", instead)
    victor.ask("When do you open?")
    with house.app.app_context():
        db.session.get_one(Message, UUID(reply.message_id)).follow_ups = NEXT
        db.session.commit()
    return f"{house.chatbot}/conversations/{victor.conversation_id}", victor


def test_a_transcript_shows_the_passage_at_its_mark(
    house: House, enter: Callable[..., Watched]
) -> None:
    page = enter().page
    address, _ = transcript(house)
    page.goto(address)
    page.get_by_text("Withheld from the visitor").click()
    shoot_all(page, "transcript-gemini")
    check_accessible(page)
    page.reload()
    mark = page.get_by_role("link", name=re.compile("^Source 2: Rules.docx"))
    card = page.get_by_role("note")

    mark.hover()
    expect(card).to_contain_text("Rules.docx")
    card.hover()
    page.wait_for_timeout(400)  # longer than a card waits for the pointer
    expect(card).to_be_visible()
    page.mouse.move(5, 5)
    expect(card).to_have_count(0)

    mark.click()
    page.mouse.move(5, 5)
    page.wait_for_timeout(400)
    expect(card).to_contain_text("marzipan")
    check_accessible(page)
    shoot(page, "transcript-passage")
    page.get_by_role("heading", level=1).click()
    expect(card).to_have_count(0)


def test_a_transcript_shows_its_passages_by_keyboard(
    house: House, enter: Callable[..., Watched]
) -> None:
    page = enter().page
    address, _ = transcript(house)
    page.goto(address)
    card = page.get_by_role("note")
    page.get_by_text("Notes for the team").focus()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Source 1: Hours.pdf, page 3")).to_be_focused()
    expect(card).to_contain_text("On Saturdays at two.")
    page.keyboard.press("Tab")
    expect(card.get_by_role("link", name="The whole source")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(page.get_by_role("link", name="Source 1: Hours.pdf, page 3")).to_be_focused()
    page.keyboard.press("Tab")
    expect(card).to_contain_text("Rules.docx")
    page.keyboard.press("Tab")  # to the long text, which can be scrolled
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(card).to_contain_text("Leaflet.md")


def test_a_transcript_shows_its_passages_to_a_finger(
    house: House, enter: Callable[..., Watched]
) -> None:
    phone = enter(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    page = phone.page
    address, _ = transcript(house)
    page.goto(address)
    card = page.get_by_role("note")

    page.get_by_role("link", name=re.compile("^Source 2:")).tap()
    expect(card).to_contain_text("marzipan")
    shoot(page, "transcript-passage-phone")
    box = card.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    page.get_by_role("banner").tap(position={"x": 180, "y": 4})
    expect(card).to_have_count(0)


def test_a_mark_leads_to_its_passage_without_a_script(
    house: House, enter: Callable[..., Watched]
) -> None:
    page = enter(java_script_enabled=False).page
    address, _ = transcript(house)
    page.goto(address)

    page.locator(".mark a").first.click()
    assert "#source-" in page.url


def test_the_way_to_another_engine_is_shown_as_it_goes(
    house: House, enter: Callable[..., Watched]
) -> None:
    page = enter().page
    page.goto(f"{house.chatbot}/settings")
    shoot_all(page, "settings-engine")
    check_accessible(page)
    house.change(next_engine="gemini")
    with house.app.app_context():
        document = Document(
            organization_id=house.alice.organization_id,
            chatbot_id=house.alice.chatbot_id,
            source_id=house.alice.source_id,
            content_hash="0" * 64,
            state="uploading",
        )
        db.session.add(document)
        db.session.commit()

    page.goto(f"{house.chatbot}/")
    way = page.get_by_role("region", name="Moving to Gemini")
    expect(way).to_contain_text("0 of 1 source is ready; the embedded engine answers meanwhile.")
    shoot_all(page, "overview-moving")
    check_accessible(page)
    way.get_by_role("button", name="Stop").focus()  # what is about to be pressed stays
    with house.app.app_context():
        db.session.query(Document).one().state = "ready"
        db.session.commit()
    expect(way).to_contain_text("1 of 1 source is ready")
    expect(way.get_by_role("button", name="Stop")).to_be_focused()

    house.change(next_engine=None, engine="gemini")
    expect(page.get_by_text("Gemini answers now.")).to_be_visible()

    house.change(engine="local", engine_error="Gemini can read none of the sources. It is full.")
    page.goto(f"{house.chatbot}/settings")
    expect(page.get_by_role("region", name="Gemini is not answering")).to_be_visible()
    shoot_all(page, "settings-engine-failed")
    check_accessible(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_large_file_takes_the_place_of_an_earlier_one(
    house: House, enter: Callable[..., Watched], tmp_path: Path, scripts: bool
) -> None:
    with house.app.app_context():
        chatbot = db.session.get_one(Chatbot, house.alice.chatbot_id)
        (tmp_path / "Prices.txt").write_text("A tandem is ten euros.")
        with (tmp_path / "Prices.txt").open("rb") as data:
            originals = house.app.extensions["originals"]
            library.add_file(chatbot, "Prices.txt", data, originals, most_bytes=999, most=9)
    page = enter(java_script_enabled=scripts).page
    page.goto(f"{house.chatbot}/sources")
    page.get_by_role("button", name="Replace Prices.txt").click()
    dialog = page.get_by_role("dialog", name="Replace file")
    expect(dialog).to_contain_text("The earlier one answers until this one is ready.")
    shoot(page, "source-replace")
    changed = tmp_path / "Prices 2027.txt"
    changed.write_text("A tandem is eleven euros. " * 100_000)  # larger than any other form
    dialog.locator("input[type=file]").set_input_files(changed)
    dialog.get_by_role("button", name="Replace file").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Prices 2027.txt")
    expect(page.get_by_text("takes the earlier one’s place")).to_be_visible()


def ask(page: Page, question: str) -> None:
    field = page.get_by_role("dialog").get_by_role("textbox")
    field.fill(question)
    field.press("Enter")
    expect(page.get_by_role("article", name="You").last).to_have_text(question)
    expect(last_answer(page).get_by_role("button", name="Copy answer")).to_be_visible()


def test_the_chat_says_where_an_answer_is_from_and_what_to_ask_next(
    house: House, enter: Callable[..., Watched]
) -> None:
    house.change(engine="gemini", suggests_follow_ups=True)
    page = enter().page
    page.goto(f"{house.chatbot}/")
    page.get_by_role("button", name="Open chat").click()
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()

    house.engine.will_say("They are made of steel, mostly.", UNGROUNDED)
    ask(page, "What are they made of?")
    expect(last_answer(page)).to_contain_text("Not from the sources.")
    instead = Finish("stop", "local", grounded=True, engine="local", instead_of=DOWN)
    house.engine.will_say("The bicycle shop opens at nine.", instead)
    ask(page, "When do you open?")
    expect(last_answer(page)).to_contain_text("this is quoted from the sources.")
    shoot(page, "widget-not-from-the-sources")
    house.engine.will_say(ANSWER, cited(house), GROUNDED)
    ask(page, "When can I bring it back?")
    with house.app.app_context():
        answer = db.session.query(Message).filter_by(role="chatbot").all()[-1]
        answer.follow_ups = NEXT
        db.session.commit()
    suggested = page.get_by_role("group", name="What to ask next").get_by_role("button")
    expect(suggested).to_have_text(NEXT)
    check_accessible(page, within="rag-widget")
    shoot(page, "widget-next")

    page.reload()
    expect(suggested).to_have_text(NEXT)
    page.emulate_media(color_scheme="dark")
    shoot(page, "widget-next-dark")
    house.engine.will_say("Beside the door.", GROUNDED)
    suggested.first.click()
    expect(page.get_by_role("article", name="You").last).to_have_text(NEXT[0])
    expect(last_answer(page)).to_contain_text("Beside the door.")
    expect(suggested).to_have_count(0)
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()


def test_the_chat_shows_a_passage_to_keys_and_fingers(
    house: House, enter: Callable[..., Watched]
) -> None:
    phone = enter(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    page = phone.page
    page.goto(f"{house.chatbot}/")
    page.get_by_role("button", name="Open chat").tap()
    house.engine.will_say("Yes. " * 300)
    ask(page, "Really?")
    house.engine.will_say(ANSWER, cited(house), GROUNDED)
    ask(page, "When can I bring it back?")
    card = page.get_by_role("note")
    mark = page.get_by_role("button", name="Source 1: Hours.pdf")

    mark.tap()
    expect(card).to_contain_text("On Saturdays at two.")
    expect(mark).to_have_accessible_description(re.compile("On Saturdays at two."))
    shoot(page, "widget-passage-phone")
    page.get_by_role("article", name="You").last.tap()
    expect(card).to_be_hidden()
    expect(mark).to_have_accessible_description("")

    page.get_by_role("button", name="Edit and ask again").last.focus()
    page.get_by_role("log").evaluate("log => log.scrollTop = 0")
    page.keyboard.press("Tab")  # scrolls the mark into view
    expect(mark).to_be_focused()
    page.wait_for_timeout(400)
    expect(card).to_contain_text("On Saturdays at two.")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.get_by_role("dialog")).to_be_visible()
