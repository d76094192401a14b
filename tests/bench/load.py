"""The whole product under load: `python tests/bench/load.py --engine lean --worker-class gevent`.

Visitors ask and read all the time, each over a new connection, while a model speaks four times a
second for ten seconds. The product runs as it does in production: `gunicorn.conf.py`, PostgreSQL,
Valkey for the limits. First it serves all visitors alone, which tells how quick it is.

What a turn costs is told beside two relays that hear the same stream under the same gunicorn: a
bare one in Flask that keeps nothing, and the bare stack, which keeps question and answer by the
ORM. All three serve at the same time, a third of the visitors each, for what a processor takes
for the same work depends on what else it does. Turns of one second tell what a turn costs apart
from its words. CPU is the web processes' own time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.loading.installation import installed
from bench.loading.measuring import LONG, SHORT, Load, Run, measure

SERVERS = {"bare": "the bare relay", "keeping": "the bare stack", "product": "the product"}
MOST_ADDED_MS = 100.0  # p95
MOST_TIMES_BARE = 1.5


def main() -> None:
    """Measure and print; fail beyond the targets if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("costless", "sdk", "lean"), default="lean")
    parser.add_argument("--worker-class", choices=("gthread", "gevent"), default="gevent")
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--only", choices=("speed", "cost"), help="without the other one")
    parser.add_argument("--check", action="store_true", help="fail beyond the targets")
    told = parser.parse_args()
    os.environ["NO_PROXY"] = "127.0.0.1"
    with installed(told.engine, told.worker_class, told.workers, told.visitors) as (settings, bot):
        body = json.dumps({"chatbot_id": bot, "message": "When does the shop open?"})
        load = Load(told.engine, told.workers, told.visitors, told.seconds, settings, body)
        print(
            f"{told.visitors} answers at once, {told.engine} engine, "
            f"{told.workers} × {told.worker_class}, {told.seconds:g} s"
        )
        bad = []
        if told.only != "cost":
            bad += tell_speed(measure(["product"], LONG, load)["product"])
        if told.only != "speed":
            bad += tell_costs(*(measure(list(SERVERS), chunks, load) for chunks in (LONG, SHORT)))
    if told.check and bad:
        sys.exit(f"Missed: {', '.join(bad)}.")


def tell_speed(run: Run) -> list[str]:
    """Print how quick the product is alone; return which targets were missed."""
    print(f"\n{'':<17}{'p50':>8}{'p95':>8}{'p99':>8}")
    for name, values in (("first text after", run.added), ("token lag", run.lags)):
        print(f"{name:<17}" + "".join(f"{each:>8.1f}" for each in _percentiles(values)) + "  ms")
    print(
        f"{sum(run.errors.values())} errors {run.errors or ''}in {run.turns} turns; "
        f"{run.memory:.0f} KB for an open answer; {run.cpu / run.seconds:.2f} cores"
    )
    slow = run.errors or _percentiles(run.added)[1] > MOST_ADDED_MS
    return ["the first text's delay, or errors"] if slow else []


def tell_costs(long: Mapping[str, Run], short: Mapping[str, Run]) -> list[str]:
    """Print what turns of all three cost; return which targets were missed."""
    print(
        f"\n{'CPU, ms':<17}{'a chunk':>8}{'begin+end':>11}{'turn':>8}"
        f"{'times bare':>12}{'errors':>8}"
    )
    times = {}
    for what, name in SERVERS.items():
        turn = long[what].turn_ms
        chunk = (turn - short[what].turn_ms) / (LONG - SHORT)
        times[what] = turn / long["bare"].turn_ms
        errors = sum(sum(runs[what].errors.values()) for runs in (long, short))
        print(
            f"{name:<17}{chunk:>8.3f}{turn - LONG * chunk:>11.2f}{turn:>8.2f}"
            f"{times[what]:>12.2f}{errors:>8}"
        )
    print(
        f"\nA turn costs {times['product']:.2f} times the bare relay's "
        f"(target {MOST_TIMES_BARE}), {times['product'] / times['keeping']:.2f} times the stack's."
    )
    return ["the cost of a turn"] if times["product"] > MOST_TIMES_BARE else []


def _percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return (float("nan"),) * 3
    cuts = statistics.quantiles(values, n=100)
    return cuts[49], cuts[94], cuts[98]


if __name__ == "__main__":
    main()
