"""Everything dies at random moments while people use it, and nothing is lost, doubled or stuck."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from bench.crashes import report, weather

KILLS = 60


@pytest.mark.postgresql
def test_whatever_is_killed_everything_that_anybody_was_told_is_kept_once(tmp_path: Path) -> None:
    seed = random.randrange(10_000)

    storm, problems = weather(tmp_path, KILLS, seed)

    assert not problems, (seed, report(storm), *problems)
    assert len([asked for asked in storm.asked if asked.question_id]) >= 20, report(storm)
    assert set(storm.deaths) >= {"a web process", "PostgreSQL", "Valkey"}, storm.deaths
