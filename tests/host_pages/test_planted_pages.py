"""Every trick in the book, everywhere on the owner's pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Watched
from cast import PASSWORD, owner
from chatting import Visit
from hosting import Hosts
from planting import plant
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

TRAP = """
  window.happened = [];
  window.ran = (what) => happened.push(`ran ${what}`);
  for (const name of ["alert", "open", "print"]) window[name] = () => ran(name);
  addEventListener("securitypolicyviolation", ({ violatedDirective, sample, blockedURI }) =>
    happened.push(`${violatedDirective} ${blockedURI} ${sample}`));
"""
OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
RISKS = (Path(__file__).parents[1] / "risks.js").read_text()
ELSEWHERE = {"asset", "dashboard.sources.state", "dashboard.account.door"}
ELSEWHERE |= {"dashboard.conversations.follow", "dashboard.conversations.fresh"}


@pytest.fixture(scope="module")
def planted(hosts: Hosts) -> dict[str, Any]:
    """What Alice owns, with Mallory's words all over it."""
    with hosts.app.app_context():
        return plant(owner("alice@example.org"))


def addresses(hosts: Hosts, ids: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return every page that the owner of these can open, from the map of all routes."""
    adapter = hosts.app.url_map.bind("localhost")
    for rule in hosts.app.url_map.iter_rules():
        ours = rule.endpoint.startswith(("dashboard.", "hosted."))
        wanted = ours and rule.endpoint not in ELSEWHERE and "GET" in (rule.methods or ())
        if wanted and rule.arguments <= ids.keys():
            path = adapter.build(rule.endpoint, {name: ids[name] for name in rule.arguments})
            yield rule.endpoint, hosts.product + path


def enter(page: Page, hosts: Hosts) -> None:
    """Sign in as Alice."""
    page.goto(f"{hosts.product}/sign-in")
    page.get_by_label("E-mail").fill("alice@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/dashboard/")


def test_nothing_runs_or_is_fetched_on_any_page_of_the_owner(
    hosts: Hosts, visit: Visit, planted: dict[str, Any]
) -> None:
    watched: Watched = visit("about:blank")
    watched.expect_problem("favicon.ico")  # of the frame that shows the look
    page = watched.page
    page.add_init_script(TRAP)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    enter(page, hosts)

    found: dict[str, list[str]] = {}
    seen = 0
    for endpoint, address in addresses(hosts, planted):
        answer = page.goto(address)
        assert answer
        assert answer.status == 200, endpoint
        page.evaluate(OPEN_ALL)
        seen += len(page.content())
        if risks := page.evaluate(RISKS):
            found[endpoint] = risks[:3]

    assert found == {}
    assert [url for url in asked if not url.startswith((hosts.product, "data:"))] == []
    assert seen > 500_000  # the tricks were there
