"""The chat that has a page to itself: who finds it, and who may frame it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from browsing import Story, check_accessible, served, shoot, watch
from cast import Owner, csrf_of, sign_in
from flask import Flask
from playwright.sync_api import Browser, expect

from ragwidget.extensions import db
from ragwidget.models import Chatbot, now

EVERYTHING_ELSE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
)


def change(app: Flask, alice: Owner, **settings: object) -> None:
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        for name, value in settings.items():
            setattr(chatbot, name, value)
        db.session.commit()


def test_it_is_a_page_of_the_chatbots_own_without_a_cookie(app: Flask, alice: Owner) -> None:
    change(app, alice, name="Wheels & <more>", locale="ar")
    page = app.test_client().get(f"/c/{alice.chatbot_id}")

    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "<title>Wheels &amp; &lt;more&gt;</title>" in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    assert f'<rag-widget chatbot="{alice.chatbot_id}" mode="full"' in page.text


def test_it_may_be_framed_by_the_listed_websites_and_no_other(app: Flask, alice: Owner) -> None:
    change(app, alice, origins=["https://alice.example", "https://*.alice.example"])
    page = app.test_client().get(f"/c/{alice.chatbot_id}")

    assert page.headers["Content-Security-Policy"] == (
        EVERYTHING_ELSE + "frame-ancestors 'self' https://alice.example https://*.alice.example"
    )
    assert "X-Frame-Options" not in page.headers


def test_it_may_be_framed_by_nobody_else_while_the_list_is_empty(app: Flask, alice: Owner) -> None:
    change(app, alice, origins=[])
    page = app.test_client().get(f"/c/{alice.chatbot_id}")

    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


def test_no_listed_website_says_more_in_its_policy(app: Flask, alice: Owner) -> None:
    client = sign_in(app, "alice@example.org")
    install = f"/dashboard/chatbots/{alice.chatbot_id}/install"
    for zone in ("1;sandbox", "1,default-src", "☃"):
        fields = {"csrf_token": csrf_of(client, install), "origins": f"http://[fe80::1%{zone}]"}
        client.post(f"{install}/origins", data=fields)
        page = client.get(f"/c/{alice.chatbot_id}")

        policy = EVERYTHING_ELSE + "frame-ancestors 'self' http://[fe80::1]"
        assert page.headers["Content-Security-Policy"] == policy


def test_no_other_page_of_ours_can_be_framed(app: Flask) -> None:
    page = app.test_client().get("/sign-in")

    assert page.headers["Content-Security-Policy"] == EVERYTHING_ELSE + "frame-ancestors 'none'"
    assert page.headers["X-Frame-Options"] == "DENY"


def test_it_says_kindly_that_a_chatbot_is_paused_or_gone(app: Flask, alice: Owner) -> None:
    change(app, alice, paused_at=now(), locale="")
    german = {"Accept-Language": "de-AT,en;q=0.5"}
    paused = app.test_client().get(f"/c/{alice.chatbot_id}", headers=german)
    gone = app.test_client().get(f"/c/{uuid4()}")

    assert (paused.status_code, gone.status_code) == (403, 404)
    assert 'lang="de"' in paused.text
    assert "Pause" in paused.text
    assert "This chat is no longer here." in gone.text
    assert "<script" not in paused.text + gone.text
    assert gone.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with served(tmp_path_factory.mktemp("hosted")) as story:
        yield story


def address_of(story: Story, browser: Browser) -> str:
    """Return the address of the chat that the stranger's page has in its corner."""
    with browser.new_page() as page:
        page.goto(story.site)
        tag = page.locator("script[data-chatbot]")
        return f"{story.home}/c/{tag.get_attribute('data-chatbot')}"


@pytest.mark.browser
def test_it_fills_the_page_and_answers(story: Story, browser: Browser) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        watched = watch(context)
        page = watched.page
        page.goto(address_of(story, browser))
        field = page.get_by_role("textbox")
        expect(field).to_be_visible()
        box = page.locator("rag-widget").bounding_box()
        assert (box["width"], box["height"]) == (1280, 800)
        shoot(page, "hosted-welcome")
        field.fill("Which files can it read?")
        field.press("Enter")
        expect(page.get_by_role("button", name="Copy answer")).to_be_visible()
        check_accessible(page)
        shoot(page, "hosted")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 360, "height": 740})
        shoot(page, "hosted-phone-dark")
        assert not context.cookies()
        watched.check()


@pytest.mark.browser
def test_a_browser_shows_it_in_the_frames_of_listed_websites_only(
    story: Story, browser: Browser
) -> None:
    address = address_of(story, browser)
    with browser.new_context() as context:
        page = context.new_page()
        for site, shown in (
            (story.site, True),
            (story.site.replace("127.0.0.1", "localhost"), False),
        ):
            page.goto(site)
            page.evaluate(
                """(address) => new Promise((loaded) => {
                  const frame = document.createElement("iframe");
                  frame.onload = loaded;
                  frame.src = address;
                  document.body.prepend(frame);
                })""",
                address,
            )
            inside = page.frame_locator("iframe")
            if shown:
                expect(inside.get_by_role("textbox")).to_be_visible()
            else:
                for _ in range(100):  # the page that says so comes behind the event
                    if page.frames[1].url:
                        break
                    page.wait_for_timeout(50)
                assert page.frames[1].url.startswith("chrome-error:")
                expect(inside.locator("rag-widget")).to_have_count(0)
