"""Members sign in with passkeys, instead of the password or after it, and come in without them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from browsing import check_accessible, shoot_all, watch
from cast import PASSWORD
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page, expect
from werkzeug.serving import make_server

from ragwidget import members

pytestmark = [
    pytest.mark.browser,
    # in Flask-Security's forms
    pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning"),
]

ALICE = "alice@example.org"
FINGERPRINT_READER = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Laptop:
    """Alice's browser on a laptop that reads fingers."""

    page: Page
    reader: CDPSession
    home: str
    fingers: str = ""

    def __post_init__(self) -> None:
        self.reader.send("WebAuthn.enable")
        made = self.reader.send("WebAuthn.addVirtualAuthenticator", {"options": FINGERPRINT_READER})
        self.fingers = made["authenticatorId"]

    def type_password(self) -> None:
        """Sign in as far as the password goes."""
        self.page.goto(f"{self.home}/sign-in")
        self.page.get_by_label("E-mail").fill(ALICE)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def add(self, name: str, use: str = "") -> None:
        """Add a passkey, for the use that is chosen already if none is named."""
        self.page.goto(f"{self.home}/account/passkeys")
        self.page.get_by_label("Name of the passkey").fill(name)
        if use:
            self.page.get_by_label(use).check()
        self.page.get_by_role("button", name="Add a passkey").click()
        expect(self.page.get_by_text(f"The passkey {name} is added.")).to_be_visible()

    def sign_out(self) -> None:
        """Leave."""
        self.page.goto(f"{self.home}/account")
        self.page.get_by_role("button", name="Sign out here").click()
        expect(self.page.get_by_role("heading", name="Sign in")).to_be_visible()

    def lose_passkeys(self) -> None:
        """Become another laptop."""
        self.reader.send("WebAuthn.clearCredentials", {"authenticatorId": self.fingers})

    def expect_inside(self) -> None:
        """Fail unless the dashboard opened."""
        expect(self.page.get_by_role("heading", name="Chatbots")).to_be_visible()


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    """Enough on SQLite, for what is no matter of the database."""
    return make_house(PASSKEYS=True)


@pytest.fixture
def laptop(house: Flask, browser: Browser) -> Iterator[Laptop]:
    """The laptop of Alice, who has signed in."""
    server = make_server("127.0.0.1", 0, house, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context()
    try:
        watched = watch(context)
        # passkeys belong to a name, and no address is one
        home = f"http://localhost:{server.port}"
        laptop = Laptop(watched.page, context.new_cdp_session(watched.page), home)
        laptop.type_password()
        laptop.expect_inside()
        yield laptop
        watched.check()
    finally:
        context.close()
        server.shutdown()
        server.server_close()


def test_a_finger_signs_in_instead_of_the_password(laptop: Laptop) -> None:
    page = laptop.page
    laptop.add("laptop")
    check_accessible(page)
    shoot_all(page, "passkeys")
    laptop.sign_out()

    page.get_by_role("button", name="Sign in with a passkey").click()

    laptop.expect_inside()
    laptop.sign_out()
    laptop.lose_passkeys()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Your browser had no passkey for us")).to_be_visible()
    check_accessible(page)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    laptop.type_password()
    laptop.expect_inside()
    page.goto(f"{laptop.home}/account/passkeys")
    page.get_by_role("button", name="Delete laptop").click()
    expect(page.get_by_text("The passkey laptop signs nobody in any more.")).to_be_visible()


def test_who_lost_a_second_factor_comes_in_by_a_code_or_the_operator(
    laptop: Laptop, house: Flask
) -> None:
    page = laptop.page
    laptop.add("key", "After the password")
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    page.get_by_role("link", name="Recovery codes").click()
    page.get_by_role("button", name="Make new codes").click()
    code = page.get_by_role("listitem").first.inner_text()
    check_accessible(page)
    laptop.sign_out()

    laptop.type_password()
    page.get_by_role("button", name="Use a passkey").click()
    laptop.expect_inside()

    laptop.sign_out()
    laptop.lose_passkeys()
    laptop.type_password()
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    laptop.expect_inside()

    laptop.sign_out()
    with house.app_context():
        alice = members.find(ALICE)
        assert alice
        members.forget_second_factor(alice)
    laptop.type_password()
    laptop.expect_inside()
