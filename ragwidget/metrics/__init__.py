"""What is counted, under which names: the whole table.

No label names a tenant. Every value of a label is one more row in Prometheus for ever, strangers
can sign up, and each organization's own numbers are on its dashboard.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

from ragwidget.metrics.metric import PREFIX, Metric, Seen

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
FIRST_WORDS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 45)
WHOLE = (0.1, 0.25, 0.5, 1, 2, 4, 6, 8, 10, 15, 20, 30, 60, 120, 180)
WORK = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300)

TURNS = Metric(
    Counter, "turns_total", "Answers that ended, by how.", ("engine", "status", "reason")
)
FIRST_TEXT = Metric(
    Histogram,
    "first_text_seconds",
    "From a question to the first words of its answer.",
    ("engine",),
    buckets=FIRST_WORDS,
)
WHOLE_TURN = Metric(
    Histogram,
    "turn_seconds",
    "From a question to the end of its answer.",
    ("engine",),
    buckets=WHOLE,
)
CHUNKS = Metric(Counter, "chunks_total", "Pieces that answers came in.", ("engine",))
NOT_WRITTEN = Metric(
    Counter,
    "answers_not_written_total",
    "Times that the database did not take what an answer had come to, or its end.",
    ("what",),
)
OPEN_STREAMS = Metric(
    Gauge,
    "open_streams",
    "Visitors who wait for an answer or hear one.",
    multiprocess_mode="livesum",
)
STREAM_PLACES = Metric(
    Gauge, "stream_places", "Visitors who can do so at once.", multiprocess_mode="livesum"
)
REQUESTS = Metric(
    Counter,
    "requests_total",
    "Requests that were answered, by the rule of their address.",
    ("method", "route", "status"),
)
REQUEST = Metric(
    Histogram,
    "request_seconds",
    "From a request to the first byte of its answer.",
    ("route",),
    buckets=QUICK,
)
REFUSALS = Metric(Counter, "refusals_total", "Requests that were refused, by code.", ("code",))
LIMITS = Metric(Counter, "limits_reached_total", "Limits that were hit, by whose.", ("scope",))
LIMITS_IN_MEMORY = Metric(
    Counter,
    "limits_fallback_total",
    "Uses that were not counted where limits are, because that was out of reach.",
)
JOBS = Metric(Counter, "jobs_total", "Jobs that were run, by how they ended.", ("name", "outcome"))
JOB = Metric(Histogram, "job_seconds", "How long a job took.", ("name",), buckets=WORK)
SOURCES_FAILED = Metric(
    Counter, "sources_failed_total", "Sources that can't be read or indexed, by why.", ("code",)
)
QUEUE_AWAY = Metric(
    Counter, "queue_failures_total", "Jobs that the queue did not take; the sweep finds them."
)
MAILS = Metric(Counter, "mails_total", "Mails, by what became of them.", ("outcome",))
TOKENS = Metric(Counter, "tokens_total", "Tokens that models took, by kind.", ("model", "kind"))
COST = Metric(
    Counter, "cost_total", "What these tokens cost, where their price is known.",
    ("model", "currency"),
)  # fmt: skip

READY = Seen(
    GaugeMetricFamily, f"{PREFIX}ready", "Whether what we need is within reach.", ("part",)
)
WAITING = Seen(
    GaugeMetricFamily, f"{PREFIX}waiting", "What waits for a job in the database.", ("what",)
)
CPU = Seen(
    CounterMetricFamily, "process_cpu_seconds_total", "CPU that a process of ours took.", ("pid",)
)
MEMORY = Seen(
    GaugeMetricFamily, "process_resident_memory_bytes", "Memory a process of ours holds.", ("pid",)
)
FILES = Seen(GaugeMetricFamily, "process_open_fds", "Files and sockets it has open.", ("pid",))

TABLE = tuple(one for one in list(globals().values()) if isinstance(one, Metric | Seen))
