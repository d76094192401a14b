"""The dashboard and the alerts ask for what we count, by the names and labels that it has."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ragwidget import config, metrics

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "ragwidget" / "deploy"
BY_PROMETHEUS = {"job", "instance", "le"}
LABELS = {metric.name: {*metric.labels, *BY_PROMETHEUS} for metric in metrics.TABLE}
SUFFIX = re.compile(r"_(bucket|sum|count)$")
NAMED = re.compile(r"\b((?:ragwidget|process)_[a-z_]+)(\{[^}]*\})?")
GROUPED = re.compile(r"\bby \(([a-z_, ]+)\)")


def panels() -> list[dict[str, Any]]:
    """Return what the dashboard shows."""
    return json.loads((DEPLOY / "grafana.json").read_text())["panels"]


def rules() -> list[dict[str, Any]]:
    """Return the alerts."""
    groups = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """Yield every question to Prometheus, with who asks it."""
    for panel in panels():
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for rule in rules():
        yield rule["alert"], rule["expr"]


def named(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each metric that is asked for, with the labels that it is asked by.

    >>> list(named('sum by (le) (rate(ragwidget_job_seconds_bucket{name="x"}[5m]))'))
    [('ragwidget_job_seconds', {'name'})]
    """
    for name, picked in NAMED.findall(expression):
        yield SUFFIX.sub("", name), set(re.findall(r"(\w+) *[=!]", picked))


@pytest.mark.parametrize(("who", "expression"), [*expressions()])
def test_it_asks_only_for_what_there_is(who: str, expression: str) -> None:
    asked = list(named(expression))
    grouped = {label.strip() for by in GROUPED.findall(expression) for label in by.split(",")}

    if who != "RagWidgetAway":  # which asks Prometheus about itself
        assert asked
    for name, labels in asked:
        assert name in LABELS
        assert labels | grouped <= LABELS[name]


def test_the_dashboard_shows_all_that_is_counted() -> None:
    shown = {name for panel in panels() for t in panel.get("targets", [])
             for name, _ in named(t["expr"])}  # fmt: skip

    assert shown == set(LABELS)


def test_no_panel_lies_upon_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_every_alert_says_what_is_the_matter_and_how_urgent_it_is() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].endswith(".")


def test_the_alerts_name_only_what_can_happen() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "ragwidget").rglob("*.py"))
    for rule in rules():
        for _, values in re.findall(r'\b(code|part|status|outcome|name)=~?"([^"]+)"', rule["expr"]):
            for value in values.split("|"):
                assert re.search(rf'"{value}"|def {value}\b', code), (rule["alert"], value)


def test_prometheus_is_told_where_to_look() -> None:
    told = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())

    (job,) = told["scrape_configs"]
    assert job["job_name"] == "ragwidget"
    assert told["rule_files"] == ["alerts.yaml"]
    assert any(setting.name == "METRICS_PORT" for setting in config.SETTINGS)
