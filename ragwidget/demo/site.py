"""A stranger's website: its own origin, its own stylesheet, and one line of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, render_template

ROOT = Path(__file__).parent.parent.parent

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def create_site(chatbot_id: UUID, widget_url: str) -> Flask:
    """Return the website, with the widget of a chatbot pasted in."""
    site = Flask(
        "stranger",
        root_path=str(ROOT),
        template_folder="templates/demo",
        static_folder="static/demo",
        static_url_path="/files",
    )

    @site.get("/")
    def page() -> str:
        return render_template("host.html", chatbot_id=chatbot_id, widget_url=widget_url)

    @site.get("/headless")
    def headless() -> str:
        return render_template("headless.html", chatbot_id=chatbot_id, widget_url=widget_url)

    return site


def by_port(otherwise: Wsgi, ports: Mapping[str, Wsgi]) -> Wsgi:
    """Return what answers each port's requests by its own app."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return ports.get(environ["SERVER_PORT"], otherwise)(environ, start_response)

    return answer
