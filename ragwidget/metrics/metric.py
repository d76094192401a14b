"""One name of the table, and what counts under it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

PREFIX = "ragwidget_"
COUNTED = CollectorRegistry()  # of this process alone

Kind = TypeVar("Kind", Counter, Gauge, Histogram)
Family = TypeVar("Family", CounterMetricFamily, GaugeMetricFamily)

_making = threading.Lock()


class Metric(Generic[Kind]):
    """Something that is counted as it happens.

    It is made when it is first used, and not when it is imported: until then the process may say
    where it counts.
    """

    def __init__(
        self,
        kind: type[Kind],
        name: str,
        sentence: str,
        labels: Sequence[str] = (),
        **options: Any,
    ) -> None:
        self.name = PREFIX + name
        self.sentence = sentence
        self.labels = tuple(labels)
        self.kind = kind.__name__.lower()
        self._kind: Any = kind
        self._options = options
        self._made: Kind | None = None

    def __call__(self, **labels: str) -> Kind:
        """Return what counts for these labels."""
        made = self._made or self._make()
        return made.labels(**labels) if labels else made

    def _make(self) -> Kind:
        with _making:
            if self._made is None:
                self._made = self._kind(
                    self.name, self.sentence, self.labels, registry=COUNTED, **self._options
                )
            return self._made


class Seen(Generic[Family]):
    """Something that is looked at when somebody asks."""

    def __init__(
        self, kind: type[Family], name: str, sentence: str, labels: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.sentence = sentence
        self.labels = tuple(labels)
        self.kind = kind.__name__.removesuffix("MetricFamily").lower()
        self._kind: Any = kind

    def family(self, values: Mapping[tuple[str, ...], float]) -> Family:
        """Return how it stands, by the values of its labels."""
        family: Family = self._kind(self.name, self.sentence, labels=self.labels)
        for labels, value in values.items():
            family.add_metric(labels, value)
        return family
