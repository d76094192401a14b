"""The visitor's whole story once more, with Gemini's own client against the emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Story, served
from gemini_emulator import Emulator
from test_visitor_story import *  # noqa: F403 (the same story, told by another engine)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with Emulator() as emulator:
        emulator.pace(first_ms=200, chunk_ms=150)
        with served(tmp_path_factory.mktemp("gemini-visitor"), gemini=emulator) as story:
            yield story
