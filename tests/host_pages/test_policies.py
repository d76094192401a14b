"""Pages that forbid much: strict policies, isolation, sandboxes, no storage."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browsing import last_answer
from chatting import Visit, ask, open_chat
from hosting import PROSE, Hosts
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

README = Path(__file__).parents[2] / "README.md"
FORBIDDING = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; "
)
ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
FORGETFUL = """<script>
  for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
    get() { throw new DOMException("Not here.", "SecurityError") },
  });
</script>"""


def policies(hosts: Hosts) -> list[str]:
    """Return what the README tells owners to allow, spelt for this product."""
    given = re.findall(r"^Content-Security-Policy: (.*)$", README.read_text(), re.MULTILINE)
    return [policy.replace("https://chat.example.org", hosts.product) for policy in given]


def framed(hosts: Hosts, sandbox: str) -> str:
    """Put up a page with the widget in a sandbox."""
    page = hosts.page()
    return hosts.page(f'<iframe sandbox="{sandbox}" width=600 height=700 src="{page}"></iframe>')


@pytest.mark.parametrize("which", ["by address", "by nonce"])
def test_it_works_where_only_what_the_readme_names_is_allowed(
    hosts: Hosts, visit: Visit, which: str
) -> None:
    by_address, by_nonce = policies(hosts)
    policy = by_address if which == "by address" else by_nonce
    page = hosts.page(
        PROSE + hosts.line(how="async nonce=MTIzNDU2"),
        headers={"Content-Security-Policy": FORBIDDING + policy.replace("…", "MTIzNDU2")},
    )
    hosts.engine.will_say("A **strong** answer with `code` and a [link](https://example.org).")

    victor = visit(page)
    open_chat(victor.page)
    ask(victor.page, "Is this allowed?", "A strong answer")
    last_answer(victor.page).get_by_role("button", name="Good answer").click()
    victor.page.get_by_role("button", name="Conversations").click()
    expect(victor.page.get_by_role("region", name="Conversations")).to_contain_text("allowed")


def test_it_is_refused_where_the_policy_does_not_name_it(hosts: Hosts, visit: Visit) -> None:
    victor = visit(hosts.page(headers={"Content-Security-Policy": FORBIDDING}))

    expect(victor.page.get_by_role("button", name="Open chat")).to_have_count(0)
    assert any("widget.js" in problem for problem in victor.problems)
    victor.expect_problem("widget.js")


def test_it_works_on_a_page_that_is_cross_origin_isolated(hosts: Hosts, visit: Visit) -> None:
    victor = visit(hosts.page(headers=ISOLATED))

    assert victor.page.evaluate("crossOriginIsolated")
    open_chat(victor.page)
    ask(victor.page, "Am I alone?")


def test_it_works_in_a_sandboxed_frame_that_keeps_its_origin(hosts: Hosts, visit: Visit) -> None:
    victor = visit(framed(hosts, "allow-scripts allow-same-origin"))
    victor.expect_problem("can escape its sandboxing")
    inside = victor.page.frame_locator("iframe")

    inside.get_by_role("button", name="Open chat").click()
    inside.get_by_role("dialog").get_by_role("textbox").fill("Am I framed?")
    victor.page.keyboard.press("Enter")
    expect(inside.get_by_role("article", name="Answer")).to_contain_text("Yes.")


def test_it_says_kindly_that_a_frame_without_an_origin_cannot_use_it(
    hosts: Hosts, visit: Visit
) -> None:
    victor = visit(framed(hosts, "allow-scripts"))
    victor.expect_problem("403")
    victor.expect_problem("RagWidget: this page's origin, null,")
    inside = victor.page.frame_locator("iframe")

    inside.get_by_role("button", name="Open chat").click()
    expect(inside.get_by_role("dialog")).to_contain_text("not available on this website")


def test_it_remembers_in_the_page_where_storage_is_refused(hosts: Hosts, visit: Visit) -> None:
    victor = visit(hosts.page(head=FORGETFUL))
    open_chat(victor.page)
    ask(victor.page, "Do you remember me?")
    hosts.engine.will_say("Still here.")
    ask(victor.page, "And now?", "Still here.")

    assert hosts.engine.asked[-1].history
    victor.page.reload()
    open_chat(victor.page)
    expect(victor.page.get_by_role("article", name="Answer")).to_have_count(0)
