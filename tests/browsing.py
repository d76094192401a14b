"""A real browser, a real server, and an eye on the console."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from gemini_emulator import Emulator
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect
from sharing import instance_in

ROOT = Path(__file__).parents[1]
SHOTS = ROOT / "tests" / "screenshots"
SIZES = {"desktop": (1280, 860), "phone": (360, 740)}
# what a window keeps ready for a person in front of it takes half of a test's time; then what
# Playwright leaves out, whose list ours takes the place of
LEFT_OUT = (
    *("SpareRendererForSitePerProcess", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "AimEnabled"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "PreconnectToSearch"),
)

expect.set_options(timeout=30_000)  # the default is too short where several browsers share a core


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Story:
    """A served installation with its demonstration."""

    port: int
    site_port: int
    log: Path
    engine: str = "local"

    @property
    def home(self) -> str:
        """Return the address of the dashboard and the widget."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def site(self) -> str:
        """Return the address of the stranger's page."""
        return f"http://127.0.0.1:{self.site_port}"


@contextmanager
def served(folder: Path, pause: float = 0.0, gemini: Emulator | None = None) -> Iterator[Story]:
    """Serve the product from a folder until the end of the block, by Gemini if there is one."""
    engine = "gemini" if gemini else "local"
    story = Story(free_port(), free_port(), folder / "server.log", engine)
    settings = (
        {"RAGWIDGET_GEMINI_API_KEY": gemini.key, "RAGWIDGET_GEMINI_BASE_URL": gemini.url}
        if gemini
        else {}
    )
    with story.log.open("w") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                str(ROOT / "tests" / "story_server.py"),
                str(story.port),
                str(story.site_port),
                str(instance_in(folder)),
                str(pause),
            ],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env={**os.environ, **settings, "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.strip() == "ready":
                    break
            else:
                raise AssertionError(story.log.read_text()[-3000:])
            yield story
        finally:
            process.terminate()
            process.wait(60)
            process.stdout.close()


def launch(playwright: Playwright, **options: Any) -> Browser:
    """Start the system's Chromium, or the one that Playwright brought."""
    system = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    return playwright.chromium.launch(
        executable_path=system,
        args=[
            *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
            *("--no-first-run", f"--disable-features={','.join(LEFT_OUT)}"),
        ],
        **options,
    )


@dataclass
class Watched:
    """A page, and whatever went wrong on it."""

    page: Page
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect_problem(self, pattern: str) -> None:
        """Let problems pass that match, because the test provokes them."""
        self.expected.append(pattern)

    def check(self) -> None:
        """Fail when the console saw anything that nobody provoked."""
        unexpected = [
            problem
            for problem in self.problems
            if not any(re.search(pattern, problem) for pattern in self.expected)
        ]
        assert not unexpected, unexpected


def watch(context: BrowserContext) -> Watched:
    """Open a page that remembers console errors, broken scripts and failed requests."""
    page = context.new_page()
    watched = Watched(page)
    page.on(
        "console",
        lambda message: (
            watched.problems.append(f"console: {message.text} {message.location.get('url', '')}")
            if message.type in {"error", "warning"}
            else None
        ),
    )
    page.on("pageerror", lambda error: watched.problems.append(f"script: {error}"))
    return watched


def shoot(page: Page, name: str, **how: Any) -> None:
    """Save a picture of the page for human eyes, unless this run is without pictures."""
    if "WITHOUT_PICTURES" in os.environ:
        return
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", animations="disabled", **how)


def shoot_all(page: Page, name: str) -> None:
    """Save pictures of the whole page at two widths, in light and in dark."""
    before = page.viewport_size
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            shoot(page, f"{name}-{size}-{scheme}", full_page=True)
        wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wider, f"{name} is wider than a {size}"
    page.emulate_media(color_scheme="light")
    if before:
        page.set_viewport_size(before)


def last_answer(page: Page) -> Locator:
    """Return the newest answer in the chat."""
    return page.get_by_role("dialog").get_by_role("article", name="Answer").last


def check_accessible(page: Page, within: str | None = None, also: tuple[str, ...] = ()) -> None:
    """Fail with what axe finds, also by rules that it leaves out, named by rule and element."""
    options = {"rules": {rule: {"enabled": True} for rule in also}}
    violations = Axe().run(page, context=within, options=options).response["violations"]
    assert not violations, [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in violations
        for node in violation["nodes"]
    ]
