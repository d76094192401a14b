"""What a page may say to the chat, and what it hears from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import Watched, last_answer
from chatting import ask, open_chat
from conftest import Visit
from hosting import PROSE, Hosts
from playwright.sync_api import Browser, Page, expect

from ragwidget.chatbots.theme import ICONS, Theme

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def speller(hosts: Hosts, browser: Browser) -> Iterator[Page]:
    """A page that only spells."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(hosts.page(PROSE))
        yield page


EARS = """<script>
  window.heard = [];
  for (const name of ["ready", "open", "close", "question", "answer", "error", "rating", "contact"])
    addEventListener(`rag-widget:${name}`, ({ detail }) => heard.push([name, detail]));
</script>"""


def heard(page: Page) -> list[Any]:
    """Return the names of what a page with ears has heard, in their order."""
    return [name for name, _ in page.evaluate("heard")]


def fetched(victor: Watched, hosts: Hosts) -> list[str]:
    """Reload, and gather what a page asks the product for."""
    asked: list[str] = []
    victor.page.on("request", lambda request: asked.append(request.url))
    victor.page.reload(wait_until="networkidle")
    return [url.removeprefix(hosts.product) for url in asked if url.startswith(hosts.product)]


def test_it_fetches_nothing_for_what_can_wait_until_somebody_is_interested(
    hosts: Hosts, visit: Visit
) -> None:
    early = """<script>
      window.RagWidget ||= [];
      RagWidget.push(["on", "open", () => (window.opened = true)]);
      RagWidget.push(["setContext", { plan: "pro" }]);
      RagWidget.push(["identify", { name: "Victor" }]);
    </script>"""
    victor = visit(hosts.page(PROSE + hosts.line(), head=early))

    assert fetched(victor, hosts) == ["/widget.js"]
    open_chat(victor.page)
    assert victor.page.evaluate("window.opened")


def test_nothing_is_asked_where_nothing_was_said(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    page.evaluate("void RagWidget.push(['on', 'question', () => (window.asked = true)])")
    page.evaluate("RagWidget.ask('  ')")

    expect(page.get_by_role("article")).to_have_count(0)
    assert page.evaluate("window.asked") is None


def test_a_refused_identity_that_nobody_waits_for_is_only_told(hosts: Hosts, visit: Visit) -> None:
    victor = visit(hosts.page())
    victor.expect_problem("403")
    page = victor.page
    page.evaluate("void RagWidget.push(['on', 'error', ({ code }) => (window.code = code)])")
    page.evaluate("void RagWidget.push(['identify', { token: 'forged' }])")
    open_chat(page)

    page.wait_for_function("window.code === 'identity_invalid'")


def test_it_does_what_was_said_before_it_arrived_in_that_order(hosts: Hosts, visit: Visit) -> None:
    early = """<script>
      window.order = [];
      window.RagWidget ||= [];
      RagWidget.push(["on", "open", () => order.push("heard")]);
      RagWidget.push(["open"]);
      RagWidget.push(["ask", "Do you hear me?"]);
    </script>"""
    victor = visit(hosts.page(PROSE + hosts.line(), head=early))

    expect(last_answer(victor.page)).to_contain_text("Yes.")
    assert victor.page.evaluate("order") == ["heard"]


def test_a_page_opens_closes_and_toggles_it(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(head=EARS)).page
    page.evaluate("RagWidget.open()")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    page.evaluate("RagWidget.close()")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Open chat")).to_be_focused()
    page.evaluate("RagWidget.toggle()")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("RagWidget.toggle()")
    expect(page.get_by_role("dialog")).to_be_hidden()

    assert [name for name in heard(page) if name != "ready"] == ["open", "close"] * 2


def test_a_page_asks_and_hears_the_answer(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(head=EARS)).page
    hosts.engine.will_say("At nine.")
    page.evaluate("RagWidget.ask('When do you open?')")

    told = dict(page.evaluate("heard"))
    assert told["question"] == {"text": "When do you open?"}
    assert told["answer"]["text"] == "At nine."
    assert told["answer"]["id"]
    assert told["ready"] == {"name": "Alice's bicycles", "locale": "en"}


def test_a_page_can_say_no_to_a_question(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    page.evaluate("void RagWidget.on('question', ({ text }) => !text.includes('secret'))")
    open_chat(page)
    page.get_by_role("textbox").fill("What is the secret?")
    page.get_by_role("textbox").press("Enter")

    expect(page.get_by_role("textbox")).to_have_value("What is the secret?")
    expect(page.get_by_role("article", name="You")).to_have_count(0)
    ask(page, "What is public?")


def test_a_page_can_say_no_to_opening_and_closing(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    page.evaluate("""() => {
      window.no = (event) => event.preventDefault();
      document.addEventListener("rag-widget:open", no);
    }""")
    page.evaluate("RagWidget.open()")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.evaluate("""() => {
      document.removeEventListener("rag-widget:open", no);
      document.addEventListener("rag-widget:close", no);
    }""")
    open_chat(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_it_says_no_more_to_whoever_is_off(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    page.evaluate("""async () => {
      window.times = 0;
      const count = () => times++;
      RagWidget.on("open", count);
      RagWidget.on("open", count);
      await RagWidget.open();
      await RagWidget.off("open", count);
      await RagWidget.close();
      await RagWidget.open();
    }""")

    assert page.evaluate("times") == 1


def test_it_tells_of_trouble(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(head=EARS)).page
    hosts.engine.will_say(RuntimeError("a cable broke"))
    page.evaluate("RagWidget.ask('When do you open?')")

    assert dict(page.evaluate("heard"))["error"]["code"] == "internal"


def test_it_tells_of_ratings(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(head=EARS)).page
    page.evaluate("RagWidget.ask('When do you open?')")
    page.get_by_role("button", name="Good answer").click()

    page.wait_for_function("heard.some(([name]) => name === 'rating')")
    told = dict(page.evaluate("heard"))
    assert told["rating"] == {"id": told["answer"]["id"], "rating": "up", "comment": ""}


def test_a_page_begins_a_new_conversation_without_taking_the_focus(
    hosts: Hosts, visit: Visit
) -> None:
    page = visit(hosts.page(PROSE + "<button>Mine</button>" + hosts.line())).page
    page.evaluate("RagWidget.ask('One?')")
    page.get_by_role("button", name="Mine").focus()
    page.evaluate("RagWidget.newConversation()")

    expect(page.get_by_role("article", name="Answer")).to_have_count(0)
    expect(page.get_by_role("button", name="Mine")).to_be_focused()
    page.evaluate("RagWidget.ask('Two?')")
    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("listitem")).to_have_count(2)


def test_a_page_makes_it_forget_the_visitor(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    page.evaluate("RagWidget.ask('One?')")
    page.evaluate("RagWidget.reset()")

    expect(page.get_by_role("article", name="Answer")).to_have_count(0)
    assert "token" not in page.evaluate("JSON.stringify({ ...localStorage })")
    page.evaluate("RagWidget.ask('Two?')")
    page.get_by_role("button", name="Conversations").click()
    expect(page.get_by_role("listitem")).to_have_count(1)


def test_the_context_goes_to_the_owner_with_each_question(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    asked: list[Any] = []
    page.on("request", lambda it: asked.append(it.post_data_json) if "chat" in it.url else None)
    page.evaluate(
        "void RagWidget.setContext({ title: 'Basket', plan: 'pro', seats: 3, old: null })"
    )
    page.evaluate("void RagWidget.identify({ name: 'Victor', email: 'victor@example.org' })")
    page.evaluate("RagWidget.ask('What does it cost?')")
    expect(last_answer(page)).to_contain_text("Yes.")

    [question] = [body for body in asked if body and "message" in body]
    assert question["context"] == {"plan": "pro", "seats": "3"}
    assert question["page"] == {"url": page.url, "title": "Basket"}
    assert question["visitor"] == {"name": "Victor", "email": "victor@example.org"}


def test_it_says_which_context_is_too_much(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    said = page.evaluate("""async () => {
      RagWidget.open();
      const pairs = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`pair${i}`, i]));
      return await RagWidget.setContext(pairs).catch(({ message }) => message);
    }""")

    assert said == "setContext: at most 10 pairs can be kept; set others to null."


def test_a_page_changes_the_look_at_once(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    page.evaluate("""RagWidget.setTheme({
      accent: "#0a7d55", position: "left", offset_x: 7, size: "small", icon: "spark", avatar: "🦊",
    })""")

    panel = page.get_by_role("dialog")
    box = panel.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (7, 340)
    expect(panel).to_contain_text("🦊")
    page.keyboard.press("Escape")
    launcher = page.get_by_role("button", name="Open chat")
    expect(launcher).to_have_css("background-color", "rgb(10, 125, 85)")
    assert launcher.evaluate("it => it.querySelector('path').getAttribute('d')").startswith("M11 3")

    page.evaluate("RagWidget.setTheme({ accent: null, position: null, icon: null })")
    expect(launcher).to_have_css("background-color", "rgb(79, 70, 229)")
    said = page.evaluate("RagWidget.setTheme({ colour: 'red' }).catch(({ message }) => message)")
    assert said.startswith("setTheme: colour is none of accent, ")


def test_a_density_may_be_said_as_the_style_sheet_says_it(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    page.evaluate("RagWidget.setTheme({ density: 0.75 })")
    header = page.get_by_role("dialog").locator(".header")
    expect(header).to_have_css("padding-inline-start", "9px")


def test_a_page_gives_back_all_of_the_look_at_once(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page()).page
    open_chat(page)
    page.evaluate("RagWidget.setTheme({ accent: '#0a7d55', size: 'small' })")
    panel = page.get_by_role("dialog")
    expect(panel).to_have_css("width", "340px")
    page.evaluate("RagWidget.setTheme(null)")

    expect(panel).to_have_css("width", "400px")
    page.keyboard.press("Escape")
    launcher = page.get_by_role("button", name="Open chat")
    expect(launcher).to_have_css("background-color", "rgb(79, 70, 229)")


def test_two_chatbots_do_not_hear_each_other(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(PROSE + hosts.line() + hosts.line("bob", how=""))).page
    expect(page.get_by_role("button", name="Open chat")).to_have_count(2)
    page.evaluate("""() => {
      window.order = [];
      const [first, second] = document.querySelectorAll("rag-widget");
      first.on("open", () => order.push("first"));
      second.on("open", () => order.push("second"));
      second.on("close", () => order.push("second closed"));
      return second.open().then(() => RagWidget.open());
    }""")

    assert page.evaluate("order") == ["second", "first", "second closed"]
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_it_takes_its_place_when_one_above_it_goes(hosts: Hosts, visit: Visit) -> None:
    page = visit(hosts.page(PROSE + hosts.line() + hosts.line("bob", how=""))).page
    launchers = page.get_by_role("button", name="Open chat")
    expect(launchers).to_have_count(2)
    low = launchers.first.bounding_box()
    page.evaluate("RagWidget.destroy()")

    expect(launchers).to_have_count(1)
    assert launchers.bounding_box() == low


def test_it_leaves_nothing_behind_when_it_is_destroyed(hosts: Hosts, visit: Visit) -> None:
    """Whatever listens to the page would keep every chat that ever was."""
    count = """<script>
      window.listening = 0;
      for (const target of [window, document, window.visualViewport]) {
        const { addEventListener } = target;
        target.addEventListener = (name, listener, options) => {
          listening++;
          options?.signal?.addEventListener("abort", () => listening--);
          addEventListener.call(target, name, listener, options);
        };
      }
    </script>"""
    page = visit(hosts.page(head=count)).page
    page.evaluate(
        """async (chatbot) => {
      window.kept = [];
      RagWidget.destroy();
      for (let i = 0; i < 10; i++) {
        const widget = document.createElement("rag-widget");
        widget.setAttribute("chatbot", chatbot);
        document.body.append(widget);
        await widget.ask("Are you there?");
        kept.push(new WeakRef(widget));
        await widget.destroy();
      }
    }""",
        hosts.chatbots["alice"],
    )
    assert page.evaluate("listening") == 0
    page.request_gc()

    assert page.evaluate("kept.filter((it) => it.deref()).length") <= 1
    expect(page.get_by_role("button", name="Open chat")).to_have_count(0)


def test_a_second_script_of_another_version_does_no_harm(hosts: Hosts, visit: Visit) -> None:
    again = hosts.line("bob", how="").replace("/widget.js", "/widget.js?v=2")
    page = visit(hosts.page(PROSE + hosts.line(how="") + again + hosts.line(how=""))).page
    expect(page.get_by_role("button", name="Open chat")).to_have_count(2)
    page.evaluate("document.querySelectorAll('rag-widget')[1].open()")

    expect(page.get_by_role("dialog", name="Bob")).to_be_visible()


def test_a_script_that_does_not_know_its_tag_finds_it(hosts: Hosts, visit: Visit) -> None:
    """Some managers of tags fetch scripts and run their text."""
    held = hosts.line() + hosts.line("bob")
    page = visit(hosts.page(PROSE + held.replace("<script ", '<script type="text/later" '))).page
    page.evaluate("""async () => {
      for (const tag of document.querySelectorAll("script[src]"))
        (0, eval)(await (await fetch(tag.src)).text());
    }""")

    expect(page.get_by_role("button", name="Open chat")).to_have_count(2)
    page.evaluate("RagWidget.open()")
    expect(page.get_by_role("dialog", name="Alice's bicycles")).to_be_visible()


@pytest.mark.parametrize(
    "theme",
    [
        *({"icon": name} for name in ICONS if name != "bubble"),
        *({"size": name} for name in ("small", "large")),
        *({"density": name} for name in ("compact", "roomy")),
        *({"font": name} for name in ("serif", "mono", "Inter")),
        {"accent": "#0a7d55", "background": "#fffdf8", "scheme": "dark", "position": "left"},
        {"offset_x": 8, "offset_y": 0, "radius": 4, "layer": 7, "avatar": "🦊"},
    ],
    ids=str,
)
def test_a_page_spells_a_look_as_the_server_does(
    hosts: Hosts, speller: Page, theme: dict[str, Any]
) -> None:
    spelled = speller.evaluate(
        "async ([address, theme]) => (await import(address)).spelled(theme)",
        [f"{hosts.product}/widget/theme.js", theme],
    )

    assert dict(spelled) == Theme(**theme).spelled()
