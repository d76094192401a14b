"""What the widget costs a page and its visitor: `python tests/bench/widget.py [--rounds 5]`.

A real Chromium on the real product, beside the same page without the pasted line, in one run.
CPU is the main thread's own time, which other load on the machine does not lengthen; the times
on the clock are medians. At 4× and 6× the browser slows its processor down as DevTools does.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from browsing import free_port, launch
from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from ragwidget import jobs
from ragwidget.app import create_app
from ragwidget.chat.events import Delta
from ragwidget.demo import seed, site
from ragwidget.engines.protocol import Asked, Finish, Usage
from ragwidget.serving import serve

DELTAS, REST = 200, 0.01  # an answer of about 4 KB in two seconds
SPEEDS = (1, 4, 6)
WATCH = """
  window.long = [], window.shift = 0;
  new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (shift += value)))
    .observe({ type: "layout-shift", buffered: true });
"""
LAUNCHER = "document.querySelector('rag-widget')?.shadowRoot.querySelector('.launcher')"
FIELD = "document.querySelector('rag-widget').shadowRoot.querySelector('textarea')"
USABLE = f"{FIELD}?.matches(':focus')"
SPEAKING = f"{FIELD}?.checkVisibility() && {FIELD}.getRootNode().querySelector('h2').textContent"
DONE = "document.querySelector('rag-widget').shadowRoot.querySelector('.answer .copy')"


class Talker:
    """An engine that says a fixed answer at a fixed pace."""

    name = "local"

    def answer(self, asked: Asked) -> Iterator[Any]:
        """Say lists, code, a table and prose, as models do."""
        words = "The **shop** opens at nine, closes at six, and `rests` on Sundays. "
        blocks = ["## Hours\n\n", "- one\n- two\n", "| a | b |\n|---|---|\n| 1 | 2 |\n\n", "\n\n"]
        for i in range(DELTAS):
            time.sleep(REST)
            yield Delta(blocks[i // 25 % 4] if i % 25 == 0 else words[i % 3 * 20 :][:21])
        yield Usage(prompt=7, completion=3)
        yield Finish("stop", "fixed", grounded=True)


@dataclass
class Loaded:
    """A page that was loaded, and what loading it cost."""

    page: Page
    session: CDPSession
    requests: list[str]

    def cpu(self) -> float:
        """Return what the main thread has worked so far, in milliseconds."""
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    def heap(self) -> float:
        """Return what scripts hold after a collection, in MB."""
        self.session.send("HeapProfiler.collectGarbage")
        return float(self.session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    def long_tasks(self) -> str:
        """Return how many tasks took over 50 ms so far, and the longest of them."""
        found = self.page.evaluate("long.splice(0)")
        return f"{len(found)} / {max(found, default=0):.0f}"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    told = arguments.parse_args()
    if told.serve:
        return host(*told.serve)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as (home, address),
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        print(f"Chromium {browser.version}, medians of {told.rounds}, budgets in brackets\n")
        measure_loading(browser, address, home, told.rounds)
        measure_opening(browser, address, told.rounds)
        measure_streaming(browser, address, told.rounds)
        measure_heap(browser, address, told.rounds)
        browser.close()
    return None


def measure_loading(browser: Browser, address: str, home: str, rounds: int) -> None:
    """Print what a page load costs with and without the pasted line."""
    print(
        "page load              speed   main thread   long tasks n / max   requests to us   shift"
    )
    for speed in SPEEDS:
        for name, path in (("bare page", "/bare"), ("with the line", "/")):
            cpu, tasks, asked, shifts = [], [], [], []
            for _ in range(rounds):
                with loaded(browser, address + path, speed) as it:
                    it.page.wait_for_function(LAUNCHER if path == "/" else "document.body")
                    it.page.wait_for_timeout(300)
                    cpu.append(it.cpu())
                    tasks.append(it.long_tasks())
                    asked.append(sum(url.startswith(home) for url in it.requests))
                    shifts.append(it.page.evaluate("shift"))
            row = f"{name:22} {speed:>4}x   {statistics.median(cpu):>8.1f} ms"
            print(f"{row}   {statistics.mode(tasks):>18}   {max(asked):>14}   {max(shifts):.3f}")
    print("[at most 6 ms more at 1x, no long task more, one request, no shift]\n")


def measure_opening(browser: Browser, address: str, rounds: int) -> None:
    """Print how long it takes from a click until the chat can be used."""
    print("click until            speed     field   settings   main thread   long tasks   requests")
    for prefetched in (False, True):
        for speed in SPEEDS:
            usable, settled, cpu, tasks, asked = [], [], [], [], []
            for _ in range(rounds):
                with loaded(browser, address, speed) as it:
                    it.page.wait_for_function(LAUNCHER)
                    it.page.wait_for_timeout(200)
                    if prefetched:
                        it.page.evaluate(f"{LAUNCHER}.dispatchEvent(new Event('pointerenter'))")
                        it.page.wait_for_function(FIELD)
                        it.page.wait_for_timeout(400)
                    before = it.cpu()
                    it.requests.clear()
                    it.long_tasks()
                    first, then = it.page.evaluate(_until(f"{LAUNCHER}.click()", USABLE, SPEAKING))
                    usable.append(first)
                    settled.append(then)
                    it.page.wait_for_timeout(300)
                    cpu.append(it.cpu() - before)
                    tasks.append(it.long_tasks())
                    asked.append(len(it.requests))
            name = "after hovering" if prefetched else "cold"
            row = f"{name:22} {speed:>4}x   {statistics.median(usable):>4.0f} ms"
            row += f"   {statistics.median(settled):>5.0f} ms   {statistics.median(cpu):>8.1f} ms"
            print(f"{row}   {statistics.mode(tasks):>10}   {max(asked):>8}")
    print("[the field at 4x: 100 ms, 50 ms after hovering]\n")


def measure_streaming(browser: Browser, address: str, rounds: int) -> None:
    """Print what an answer of 200 deltas in two seconds costs."""
    print("200 deltas in 2 s      speed   main thread   long tasks n / max   first to last")
    for speed in SPEEDS[:2]:
        cpu, tasks, clock = [], [], []
        for _ in range(rounds):
            with opened(browser, address, speed) as it:
                before = it.cpu()
                it.long_tasks()
                clock.append(ask(it))
                cpu.append(it.cpu() - before)
                tasks.append(it.long_tasks())
        row = f"{'answer':22} {speed:>4}x   {statistics.median(cpu):>8.0f} ms"
        print(f"{row}   {statistics.mode(tasks):>18}   {statistics.median(clock):>10.0f} ms")
    print("[at most 300 ms of main thread at 1x, no long task at 4x]\n")


def measure_heap(browser: Browser, address: str, rounds: int) -> None:
    """Print what scripts hold on to."""
    rows: dict[str, list[float]] = {"launcher": [], "open": [], "after the answer": []}
    for _ in range(rounds):
        with loaded(browser, address + "/bare", 1) as it:
            it.page.wait_for_function("document.body")  # brings the same tools of the bench
            bare = it.heap()
        with loaded(browser, address, 1) as it:
            it.page.wait_for_function(LAUNCHER)
            rows["launcher"].append(it.heap() - bare)
        with opened(browser, address, 1) as it:
            rows["open"].append(it.heap() - bare)
            ask(it)
            rows["after the answer"].append(it.heap() - bare)
    print("heap above the bare page")
    for name, found in rows.items():
        print(f"{name:22} {statistics.median(found):.2f} MB")
    print("[at most 0.3, 0.5 and 0.8 MB]")


def ask(it: Loaded) -> float:
    """Ask, wait for the whole answer, and return how long it took in milliseconds."""
    enter = "new KeyboardEvent('keydown', { key: 'Enter', bubbles: true })"
    typed = f"{FIELD}.value = 'When?'; {FIELD}.dispatchEvent(new Event('input'))"
    [took] = it.page.evaluate(_until(f"{typed}; {FIELD}.dispatchEvent({enter})", DONE))
    return float(took)


def _until(act: str, *seen: str) -> str:
    """Return a script that acts, and tells how many milliseconds later each thing is there."""
    return f"""async () => {{
      const began = performance.now();
      const told = [];
      {act};
      for (const seen of [{", ".join(f"() => {one}" for one in seen)}]) {{
        while (!seen()) await new Promise(requestAnimationFrame);
        told.push(performance.now() - began);
      }}
      return told;
    }}"""


@contextmanager
def opened(browser: Browser, address: str, speed: int) -> Iterator[Loaded]:
    """Load the page, open its chat, and let it come to rest."""
    with loaded(browser, address, speed) as it:
        it.page.wait_for_function(LAUNCHER)
        it.page.evaluate(f"{LAUNCHER}.click()")
        it.page.wait_for_function(SPEAKING)
        it.page.wait_for_timeout(500)
        yield it


@contextmanager
def loaded(browser: Browser, address: str, speed: int) -> Iterator[Loaded]:
    """Load a page in a browser that knows nothing yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Emulation.setCPUThrottlingRate", {"rate": speed})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    yield Loaded(page, session, requests)
    context.close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve the product and a stranger's page; return both addresses."""
    port, site_port = free_port(), free_port()
    command = [sys.executable, __file__, "--serve", str(port), str(site_port), str(folder)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
        assert process.stdout is not None
        assert any(line.strip() == "ready" for line in process.stdout)
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{site_port}"
        process.terminate()


def host(port: str, site_port: str, folder: str) -> None:
    """Serve until told to stop."""
    app = create_app(
        SECRET_KEY="bench-" * 8,
        INSTANCE=folder,
        VISITOR_QUESTIONS_PER_HOUR=9999,
        ADDRESS_QUESTIONS_PER_HOUR=9999,
    )
    with app.app_context():
        upgrade()
        chatbot_id = seed.once(app, f"http://127.0.0.1:{site_port}")
        jobs.work_off(patience=30)
    app.extensions["engine"] = Talker()
    stranger: Flask = site.create_site(chatbot_id, f"http://127.0.0.1:{port}")

    @stranger.get("/bare")
    def bare() -> str:
        with stranger.test_client() as client:
            whole = client.get("/").text
        head, _, rest = whole.partition("<script")
        return head + rest.partition("</script>")[2]

    serve(
        app.config,
        lambda: app,
        binds=[f"127.0.0.1:{port}", f"127.0.0.1:{site_port}"],
        wrap=lambda app: site.by_port(app, {site_port: stranger}),
        when_ready=lambda: print("ready", flush=True),
    )


if __name__ == "__main__":
    main()
