"""The engine that answers from a Gemini File Search store, and says which passages it used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from ragwidget.chat.events import Delta, SourceRef, Sources
from ragwidget.engines.file_search import endings
from ragwidget.engines.file_search.discretion import Discretion, Recited, recites
from ragwidget.engines.file_search.grounding import Shelf, SourceFacts, cite, rests_elsewhere
from ragwidget.engines.file_search.hearing import Hearing, Service
from ragwidget.engines.file_search.prompts import is_refusal, prompt_for
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.local.writing import in_pieces
from ragwidget.engines.phrases import courtesy, language_of_locale, say
from ragwidget.engines.protocol import Asked, Finish, Step
from ragwidget.engines.words import language_of

__all__ = ["GeminiEngine", "SourceFacts"]


_REASONS = {"STOP": "stop", "MAX_TOKENS": "max_tokens"}


class GeminiEngine:
    """Answers from one chatbot's store; in strict mode nothing is said that has no source."""

    name = "gemini"

    def __init__(self, service: Service, store: str, sources: Shelf) -> None:
        self._service = service
        self._store = store
        self._sources = sources

    def answer(self, asked: Asked) -> Iterator[Step]:
        """Yield the answer as it is written, or in strict mode once its sources are known."""
        prompt = prompt_for(asked, self._store)
        strict = asked.mode == "strict"
        if strict and (greeting := courtesy(asked.question)):
            yield from _said(greeting)
            yield Finish("stop", model="local", engine="local")
            return
        if strict and not prompt.store:
            yield from _said(_refusal(asked))
            yield Finish("refused", model="")
            return
        hearing = Hearing(self._service, prompt)
        try:
            yield from _withheld(hearing) if strict else _discreet(hearing, asked.instructions)
        except Recited:
            yield from _said(_refusal(asked))
            yield Finish("refused", hearing.model, withheld=hearing.text)
            return
        except ServiceFailed as trouble:
            text = hearing.text
            raise endings.told(
                trouble, begun=bool(text) and not strict, withheld=text if strict else ""
            ) from trouble
        yield from self._end(asked, hearing, strict=strict)

    def _end(self, asked: Asked, hearing: Hearing, *, strict: bool) -> Iterator[Step]:
        text, withheld = hearing.text, hearing.text if strict else ""
        if hearing.blocked and not text:
            raise endings.blocked_question(hearing.blocked)
        if hearing.blocked or hearing.finish not in _REASONS:
            raise endings.ended("SAFETY" if hearing.blocked else hearing.finish, withheld)
        if not text.strip():
            raise endings.no_words(hearing.finish)
        refused = is_refusal(text, _refusal(asked))
        sources = () if refused else self._cited(asked, hearing)
        # One stretch with a source is enough: the service marks no stretch for greetings, lists and
        # transitions, so that to ask for all of a text would withhold most good answers.
        if strict and (
            not any(source.spans for source in sources)
            or self._rests_elsewhere(asked, hearing)
            or recites(text, asked.instructions)
        ):
            yield from _said(_refusal(asked))
            yield Finish("refused", hearing.model, withheld="" if refused else text)
            return
        if strict:
            yield from _said(text)
        if sources:
            yield Sources(sources)
        reason = "refused" if refused else _REASONS[hearing.finish]
        yield Finish(reason, hearing.model, grounded=bool(sources))

    def _cited(self, asked: Asked, hearing: Hearing) -> tuple[SourceRef, ...]:
        return cite(
            hearing.parts, hearing.chunks, hearing.supports, self._sources, asked.source_ids
        )

    def _rests_elsewhere(self, asked: Asked, hearing: Hearing) -> bool:
        return rests_elsewhere(hearing.chunks, hearing.supports, self._sources, asked.source_ids)


def _withheld(hearing: Hearing) -> Iterator[Step]:
    with closing(hearing.steps()) as steps:
        for step in steps:
            yield hearing.usage if isinstance(step, Delta) else step


def _discreet(hearing: Hearing, instructions: str) -> Iterator[Step]:
    discretion = Discretion(instructions)
    begun = False
    try:
        with closing(hearing.steps()) as steps:
            for step in steps:
                if not isinstance(step, Delta):
                    yield step
                elif words := discretion.pass_on(step.text):
                    begun = True
                    yield Delta(words)
            if words := discretion.rest():
                yield Delta(words)
    except Recited:
        if begun:
            yield Delta("\n\n")  # what is said instead begins anew
        raise


def _said(text: str) -> Iterator[Step]:
    return map(Delta, in_pieces(text))


def _refusal(asked: Asked) -> str:
    language = language_of_locale(asked.language or asked.locale) or language_of(asked.question)
    return asked.refusal or say("refusal", language)
