"""A served product, and beside it a website of another origin that tests build page by page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any
from uuid import uuid4

from cast import owner
from flask import Flask, Response
from scripted import ScriptedEngine
from werkzeug.serving import WSGIRequestHandler, make_server

from ragwidget.extensions import db
from ragwidget.models import Chatbot

PROSE = "<h1>Somebody else’s website</h1><p>Rye on weekdays, spelt on Saturdays.</p>"


@dataclass
class Hosts:
    """Where the product is served, and a website that is nobody's yet."""

    app: Flask
    product: str
    site: str
    engine: ScriptedEngine
    chatbots: dict[str, str]
    _pages: dict[str, Response] = field(default_factory=dict)

    def line(self, whose: str = "alice", how: str = "async", **wishes: str) -> str:
        """Return the line that an owner pastes."""
        data = "".join(f' data-{name}="{escape(words)}"' for name, words in wishes.items())
        src = f"{self.product}/widget.js"
        return f'<script src="{src}" data-chatbot="{self.chatbots[whose]}"{data} {how}></script>'

    def page(
        self,
        body: str | None = None,
        *,
        head: str = "",
        html: str = 'lang="en"',
        headers: dict[str, str] | None = None,
    ) -> str:
        """Put up a page, with Alice's line unless it says otherwise, and return its address."""
        body = PROSE + self.line() if body is None else body
        whole = (
            f'<!doctype html><html {html}><head><meta charset="utf-8"><title>A page</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="icon" href="data:,">{head}</head><body>{body}</body></html>'
        )
        return self.put_up(f"/{uuid4().hex}", whole, headers=headers)

    def put_up(
        self,
        path: str,
        content: str,
        media_type: str = "text/html",
        headers: dict[str, str] | None = None,
    ) -> str:
        """Serve some content at a path of the website, and return its address."""
        self._pages[path] = Response(content, mimetype=media_type, headers=headers)
        return self.site + path

    def show(self, path: str) -> Response:
        """Return what stands at a path."""
        return self._pages.get(path) or Response("Nothing is here.", 404)

    def change(self, whose: str = "alice", **columns: Any) -> None:
        """Change a chatbot, as its owner would in the settings."""
        with self.app.app_context():
            chatbot = db.session.get_one(Chatbot, owner(f"{whose}@example.org").chatbot_id)
            for name, value in columns.items():
                setattr(chatbot, name, value)
            db.session.commit()


class Quiet(WSGIRequestHandler):
    """Answers several requests on a connection, and writes no log."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        pass


@contextmanager
def hosting(app: Flask) -> Iterator[Hosts]:
    """Serve an app in which the cast lives, and a website that its chatbots may be used on."""
    app.extensions["engine"] = ScriptedEngine()
    website = Flask("website", static_folder=None)
    with ExitStack() as until_end:
        product, site = (until_end.enter_context(serving(each)) for each in (app, website))
        with app.app_context():
            chatbots = {
                name: str(owner(f"{name}@example.org").chatbot_id) for name in ("alice", "bob")
            }
        hosts = Hosts(app, product, site, app.extensions["engine"], chatbots)
        website.add_url_rule("/<path:path>", view_func=lambda path: hosts.show(f"/{path}"))
        for name in chatbots:
            hosts.change(name, origins=[site])
        yield hosts


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[str]:
    """Serve until the end of the block, and return where."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
