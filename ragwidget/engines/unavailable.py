"""The engine of a chatbot whose own one can't be asked: it says why, and another may answer."""

from collections.abc import Iterator

from ragwidget.engines.protocol import Asked, EngineFailed, Step


class Unavailable:
    """Fails with the same words whatever it is asked."""

    def __init__(self, name: str, hint: str) -> None:
        self.name = name
        self._hint = hint

    def answer(self, asked: Asked) -> Iterator[Step]:
        """Raise what the visitor and the owner should know; nothing is ever yielded."""
        raise EngineFailed(
            "engine_unavailable",
            "I can't answer at this moment. Please try again later.",
            hint=self._hint,
            passing=True,
        )
        yield  # so that it fails when it is first read, as every engine does
