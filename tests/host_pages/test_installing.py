"""An owner brings the chat into a website with nothing but a keyboard."""

from __future__ import annotations

import pytest
from browsing import check_accessible, shoot_all
from cast import PASSWORD
from conftest import Visit
from hosting import PROSE, Hosts
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_owner_brings_the_line_into_a_page_by_keyboard_alone(
    hosts: Hosts, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(hosts.app.config, "PRIVATE_HOSTS", (hosts.site.partition("//")[2],))
    hosts.change(origins=["https://alice.example"])
    path = f"/dashboard/chatbots/{hosts.chatbots['alice']}/install"
    owner = visit(
        f"{hosts.product}/sign-in?next={path}", permissions=["clipboard-read", "clipboard-write"]
    ).page
    owner.locator("[name=email]").fill("alice@example.org")
    owner.locator("[name=password]").fill(PASSWORD)
    owner.keyboard.press("Enter")

    copy = owner.get_by_role("button", name="Copy").first
    expect(copy).to_be_visible()
    copy.focus()
    owner.keyboard.press("Enter")
    expect(owner.get_by_role("button", name="Copied")).to_be_visible()
    line = owner.evaluate("navigator.clipboard.readText()")
    assert hosts.chatbots["alice"] in line

    owner.get_by_text("How to in WordPress").focus()
    owner.keyboard.press("Enter")
    guides = owner.locator(".guide")
    expect(guides).to_have_count(8)
    for number in range(8):
        guides.nth(number).locator("summary").focus()
        owner.keyboard.press("Enter")
        expect(guides.nth(number).get_by_role("listitem").first).to_be_visible()
        expect(owner.locator(".guide[open]")).to_have_count(1)
    shoot_all(owner, "install-guides")
    check_accessible(owner)

    page = hosts.page(PROSE + line)
    owner.get_by_label("Address of a page with the chat").fill(page)
    owner.get_by_label("Address of a page with the chat").press("Enter")
    expect(owner.locator("#checked")).to_contain_text("isn’t on the list of allowed websites")
    check_accessible(owner)
    owner.get_by_label("Allowed websites").fill(hosts.site)
    owner.get_by_role("button", name="Save websites").press("Enter")
    expect(owner.get_by_text("The list of websites is saved.")).to_be_visible()
    owner.get_by_label("Address of a page with the chat").fill(page)
    owner.get_by_label("Address of a page with the chat").press("Enter")
    expect(owner.locator("#checked .success")).to_be_visible()
    shoot_all(owner, "install-checked")
