"""The owner's whole story once more, with Gemini's own client against the emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Story, served
from gemini_emulator import Emulator
from test_owner_story import *  # noqa: F403 (the same story, told by another engine)


@pytest.fixture(scope="module")
def gemini() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def story(gemini: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with served(tmp_path_factory.mktemp("gemini-owner"), gemini=gemini) as story:
        yield story
