"""A visitor whom the site knows: on every device the same, and nobody else in the same browser."""

from __future__ import annotations

import pytest
from browsing import last_answer
from cast import owner
from chatting import ask, open_chat
from conftest import Visit
from hosting import PROSE, Hosts
from playwright.sync_api import Page, expect
from signing import key_for, token_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def key(hosts: Hosts) -> str:
    """What Alice's server signs its customers with."""
    with hosts.app.app_context():
        alice = owner("alice@example.org")
    return key_for(hosts.app, alice)


def identify(page: Page, **proof: str) -> None:
    page.evaluate("(proof) => { RagWidget.identify(proof) }", proof)


def sees(page: Page, question: str) -> None:
    expect(page.get_by_role("article", name="You")).to_have_text([question])


def test_what_was_asked_on_one_device_is_there_on_another(
    hosts: Hosts, visit: Visit, key: str
) -> None:
    desk, phone = (visit(hosts.page()).page for _ in range(2))
    identify(desk, token=token_of(key, "victor"))
    open_chat(desk)
    ask(desk, "Where is my order?")
    identify(phone, token=token_of(key, "victor", name="Victor"))
    open_chat(phone)

    sees(phone, "Where is my order?")


def test_what_was_asked_as_nobody_comes_along(hosts: Hosts, visit: Visit, key: str) -> None:
    desk, phone = (visit(hosts.page()).page for _ in range(2))
    open_chat(desk)
    ask(desk, "Do you deliver?")
    said = desk.evaluate(
        "(proof) => RagWidget.identify(proof)", {"token": token_of(key, "ann", name="Ann")}
    )
    assert said["name"] == "Ann"
    sees(desk, "Do you deliver?")
    ask(desk, "And on Sundays?")
    identify(phone, token=token_of(key, "ann"))
    open_chat(phone)

    expect(phone.get_by_role("article", name="You")).to_have_count(2)


def test_two_people_at_one_browser_never_see_each_others_history(
    hosts: Hosts, visit: Visit, key: str
) -> None:
    page = visit(hosts.page()).page
    identify(page, token=token_of(key, "mia"))
    open_chat(page)
    ask(page, "What did the doctor say?")

    page.reload()  # signed out, and the site forgot to say so
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("article", name="You")).to_have_count(0)
    page.evaluate(
        "(proof) => RagWidget.identify(proof)",
        {"token": token_of(key, "tom")},
    )
    expect(page.get_by_role("article", name="You")).to_have_count(0)
    ask(page, "When do you open?")
    page.evaluate(
        "(proof) => RagWidget.identify(proof)",
        {"token": token_of(key, "mia")},
    )
    sees(page, "What did the doctor say?")


def test_a_wrong_signature_makes_nobody_of_mallory(hosts: Hosts, visit: Visit, key: str) -> None:
    mallory = visit(hosts.page())
    mallory.expect_problem("403")
    said = mallory.page.evaluate(
        """(token) => {
          RagWidget.open();
          return RagWidget.identify({ token }).catch(({ code }) => code);
        }""",
        token_of("guessed" * 8, "victor"),
    )

    assert said == "identity_invalid"
    expect(mallory.page.get_by_role("article", name="You")).to_have_count(0)
    ask(mallory.page, "Who am I?")
    expect(last_answer(mallory.page)).to_contain_text("Yes.")


def test_signing_out_leaves_nothing_in_the_browser(hosts: Hosts, visit: Visit, key: str) -> None:
    page = visit(hosts.page(PROSE + hosts.line())).page
    identify(page, token=token_of(key, "zoe"))
    open_chat(page)
    ask(page, "What is my balance?")
    page.evaluate("RagWidget.reset()")

    expect(page.get_by_role("article", name="You")).to_have_count(0)
    assert not [value for value in page.evaluate("Object.values(localStorage)") if "token" in value]
