"""What Prometheus is told: who may read it, and that it counts what happened."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cast import owner, victor_at
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from ragwidget import jobs, library, metrics
from ragwidget.engines.protocol import EngineFailed, Finish, Usage
from ragwidget.extensions import db
from ragwidget.models import Chatbot

TOKEN = "a token that only Prometheus has"
Labels = dict[str, str]


@pytest.fixture
def app(make_house: Callable[..., Flask]) -> Flask:
    """A house whose numbers can be read."""
    return make_house(METRICS_TOKEN=TOKEN, VISITOR_QUESTIONS_PER_HOUR=3)


class Page:
    """The page of metrics, as it was when it was last looked at."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()
        self._before = self._samples()

    def grown(self, name: str, /, **labels: str) -> float:
        """Return by how much something has grown since this began."""
        return self._total(self._samples(), name, labels) - self._total(self._before, name, labels)

    def stands(self, name: str, /, **labels: str) -> float:
        """Return how something stands."""
        return self._total(self._samples(), name, labels)

    def _samples(self) -> list[tuple[str, Labels, float]]:
        page = self._client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert page.status_code == 200
        return [
            (sample.name, sample.labels, sample.value)
            for family in text_string_to_metric_families(page.text)
            for sample in family.samples
        ]

    def _total(self, samples: list[tuple[str, Labels, float]], name: str, wanted: Labels) -> float:
        return sum(
            value
            for found, labels, value in samples
            if found == name and wanted.items() <= labels.items()
        )


def ask(app: Flask) -> None:
    """Ask, hear the answer to its end, and hang up."""
    with victor_at(app).send("When do you open?") as answer:
        assert "event: start" in answer.text


@pytest.fixture
def page(app: Flask) -> Page:
    """The page of metrics."""
    return Page(app)


def test_a_stranger_learns_nothing_from_the_page(app: Flask) -> None:
    client = app.test_client()

    for authorization in ("", "Bearer ", f"Bearer {TOKEN}x", TOKEN, "Bearer é"):
        refused = client.get("/metrics", headers={"Authorization": authorization})
        assert refused.status_code == 401
        assert refused.data == b""


def test_without_a_token_there_is_no_such_page(make_house: Callable[..., Flask]) -> None:
    client = make_house().test_client()

    for authorization in ("", "Bearer ", "Bearer None"):
        refused = client.get("/metrics", headers={"Authorization": authorization})
        assert refused.status_code == 404


def test_it_counts_an_answer_once_with_all_its_pieces(app: Flask, page: Page) -> None:
    app.extensions["engine"].will_say("At ", "nine ", "in the morning.")

    ask(app)

    assert page.grown("ragwidget_turns_total", status="completed", reason="stop") == 1
    assert page.grown("ragwidget_turns_total") == 1
    assert page.grown("ragwidget_chunks_total") == 3
    assert page.grown("ragwidget_first_text_seconds_count") == 1
    assert page.grown("ragwidget_turn_seconds_count") == 1
    route = {"method": "POST", "route": "/api/v1/chat", "status": "200"}
    assert page.grown("ragwidget_requests_total", **route) == 1
    assert page.grown("ragwidget_open_streams") == 0


def test_it_counts_an_answer_that_failed_by_its_reason(app: Flask, page: Page) -> None:
    app.extensions["engine"].will_say(EngineFailed("engine_busy", "Please ask again."))

    ask(app)

    assert page.grown("ragwidget_turns_total", status="failed", reason="engine_busy") == 1
    assert page.grown("ragwidget_first_text_seconds_count") == 0


def test_a_stream_is_open_until_its_last_word(app: Flask, page: Page) -> None:
    stands: list[float] = []
    app.extensions["engine"].will_say(
        "At ", lambda: stands.append(page.grown("ragwidget_open_streams")), "nine."
    )

    ask(app)

    assert stands == [1]
    assert page.grown("ragwidget_open_streams") == 0


def test_it_counts_what_was_refused_and_whose_limit_it_was(app: Flask, page: Page) -> None:
    victor = victor_at(app)
    for _ in range(5):
        with victor.send("When do you open?") as answer:
            if answer.status_code == 200:
                victor.hear(answer)

    assert page.grown("ragwidget_limits_reached_total", scope="visitor") == 2
    assert page.grown("ragwidget_refusals_total", code="rate_limited") == 2


def test_tokens_and_money_are_counted_by_model(app: Flask, page: Page) -> None:
    victor = victor_at(app)
    app.config["CURRENCY"] = "EUR"
    app.extensions["engine"].will_say(
        "Yes.",
        Usage(prompt=2_000_000, completion=1_000_000),
        Finish("stop", "gemini-3.8-flash", engine="gemini"),
    )

    victor.ask("When do you open?")

    spent = {"model": "gemini-3.8-flash"}
    assert page.grown("ragwidget_tokens_total", kind="prompt", **spent) == 2_000_000
    assert page.grown("ragwidget_tokens_total", kind="completion", **spent) == 1_000_000
    assert page.grown("ragwidget_cost_total", currency="EUR", **spent) == pytest.approx(5.25)


def test_an_address_that_there_is_not_makes_no_row_of_its_own(app: Flask, page: Page) -> None:
    client = app.test_client()
    for number in range(20):
        client.open(f"/nowhere/{number}", method=f"ODD{number}")

    assert page.grown("ragwidget_requests_total", route="none", method="other", status="404") == 20


def test_a_job_is_counted_however_it_ends(app: Flask, page: Page) -> None:
    def fail() -> None:
        raise ValueError("no")

    def succeed() -> None:
        pass

    for work in (fail, succeed):
        run = jobs.queue.in_app(app, work)
        if work is fail:
            with pytest.raises(ValueError, match="no"):
                run()
        else:
            run()

    assert page.grown("ragwidget_jobs_total", name="fail", outcome="failed") == 1
    assert page.grown("ragwidget_jobs_total", name="succeed", outcome="done") == 1
    assert page.grown("ragwidget_job_seconds_count", name="succeed") == 1


def test_it_tells_what_waits_and_what_is_within_reach(app: Flask) -> None:
    with app.app_context():
        alice = owner("alice@example.org")
        library.add_text(db.session.get_one(Chatbot, alice.chatbot_id), "New", "Words.", most=10)
    page = Page(app)

    assert page.stands("ragwidget_waiting", what="sources") == 1
    for part in ("database", "migrations", "limits", "queue"):
        assert page.stands("ragwidget_ready", part=part) == 1
    assert page.stands("process_resident_memory_bytes") > 10_000_000


def test_no_row_names_a_tenant(app: Flask, page: Page) -> None:
    def labels() -> list[str]:
        text = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
        return re.findall(r'="([^"]*)"', text)

    before = set(labels())  # of other tests in this process
    ask(app)

    assert "/api/v1/chat" in labels()
    new = [label for label in labels() if label not in before]
    assert not [label for label in new if re.search(r"[0-9a-f]{8}-?[0-9a-f]{4}", label)]


def test_every_name_is_explained_in_the_readme() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()

    for metric in metrics.TABLE:
        row = f"| `{metric.name}` | {', '.join(f'`{label}`' for label in metric.labels)} |"
        assert row in readme, row
