"""One product, one website and one browser for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import Watched, watch
from chatting import Visit
from databases import SECRET, SQLite, let_go
from hosting import Hosts, hosting
from playwright.sync_api import Browser
from sharing import instance_in

from ragwidget.app import create_app


@pytest.fixture(scope="module")
def hosts(sqlite: SQLite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """The product, and a website of another origin."""
    app = create_app(
        TESTING=True,
        SECRET_KEY=SECRET,
        INSTANCE=str(instance_in(tmp_path_factory.mktemp("hosts"))),
        DATABASE_URL=sqlite.copy(),
        VISITOR_QUESTIONS_PER_HOUR=1000,
        ADDRESS_QUESTIONS_PER_HOUR=1000,
    )
    with hosting(app) as hosts:
        yield hosts
    app.extensions["turns"].drain(0.0)
    let_go(app)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open pages as visitors whose browsers are new; their consoles must stay clean."""
    visitors: list[Watched] = []

    def visit(address: str, **options: Any) -> Watched:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
        context.set_default_timeout(30_000)
        visitors.append(watch(context))
        visitors[-1].page.goto(address)
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.page.context.close()
    for visitor in visitors:
        visitor.check()
