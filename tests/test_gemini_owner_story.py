"""The owner's whole story once more, with Gemini's own client against the emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import test_owner_story
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


@pytest.fixture(scope="module", autouse=True)
def unseen() -> Iterator[None]:
    """Pages look the same whoever answers: the other telling has looked at all of them."""
    with pytest.MonkeyPatch.context() as patch:
        for look in ("shoot", "shoot_all", "check_accessible"):
            patch.setattr(test_owner_story, look, lambda *_, **__: None)
        yield
