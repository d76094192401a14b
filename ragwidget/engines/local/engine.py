"""The local engine: finds the passages that answer, and quotes them word for word."""

from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz.fuzz import token_set_ratio, token_sort_ratio

from ragwidget.chat.events import Delta, Sources
from ragwidget.engines.local.followups import leaned_on
from ragwidget.engines.local.parts import Part
from ragwidget.engines.local.query import Query, understand
from ragwidget.engines.local.quoting import Quote, Quoter
from ragwidget.engines.local.ranking import Found, search
from ragwidget.engines.local.shelf import Passage, Shelf
from ragwidget.engines.local.writing import Sheet, in_pieces, label_of
from ragwidget.engines.phrases import courtesy, language_of_locale, say
from ragwidget.engines.protocol import Asked, Finish, Step, Usage
from ragwidget.engines.words import language_of, terms_of

ENOUGH = 0.6  # evidence from which a quote is an answer
NEAR = 0.3  # evidence from which it is worth showing that it is not one
QUOTED = 24  # passages that are searched for a quote
PAIR_ASKED = 0.85  # share of a pair's question that must be asked for its answer to be given
PAIR_MET = 0.65  # … and share of its question that must be met
PAIR_SAME = 95  # likeness of spelling at which two questions are one
ALIKE = 90  # likeness at which a quote says nothing new
# What another quote must reach of the first one's evidence and of the best score, if it adds
# something to what was quoted, or if it doesn't.
CLOSE = {True: (0.85, 0.7), False: (0.95, 0.9)}
CLOSE_IN_DIGEST = (0.6, 0.35)
MOST_QUOTES = 3
LESS_FITTING = 0.15
MOST_IN_DIGEST = 6


class LocalEngine:
    """Answers from one chatbot's shelf, without any model."""

    name = "local"

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def answer(self, asked: Asked) -> Iterator[Step]:
        """Yield the answer a few words at a time, then its sources."""
        sheet, reason = self._write(asked)
        for words in in_pieces(sheet.text):
            yield Delta(words)
        if sheet.sources:
            yield Sources(sheet.sources)
        yield Usage(prompt=len(asked.question.split()), completion=len(sheet.text.split()))
        yield Finish(reason, model=self.name, grounded=bool(sheet.sources))

    def _write(self, asked: Asked) -> tuple[Sheet, str]:
        """Return the written answer and why it ends."""
        sheet = Sheet()
        language = language_of_locale(asked.language or asked.locale) or language_of(asked.question)
        reply = courtesy(asked.question)
        if not asked.use_sources:
            sheet.say(reply or say("quotes_only", language))
            return sheet, "stop" if reply else "refused"
        query, found, languages = self._look(asked)
        if pair := _pair(asked.question, query, found):
            sheet.quote(pair)
            return sheet, "stop"
        if reply:
            sheet.say(reply)
            return sheet, "stop"
        digest = asked.mode == "creative"
        quoter = Quoter(asked.question, query, languages, digest=digest)
        quotes = _best(filter(None, map(quoter.quote, found)), digest=digest)
        evidence = max((quote.evidence for quote in quotes), default=0.0)
        if evidence >= ENOUGH or (digest and evidence >= NEAR):
            _compose(sheet, quotes)
        elif asked.mode == "balanced" and evidence >= NEAR:
            sheet.say(say("near", language))
            for quote in quotes:
                sheet.quote(quote, label_of(quote.passage))
            return sheet, "near"
        else:
            sheet.say(asked.refusal or say("refusal", language))
            return sheet, "refused"
        return sheet, "stop"

    def _look(self, asked: Asked) -> tuple[Query, list[Found], Sequence[str]]:
        earlier = leaned_on(asked.question, asked.history)
        with self._shelf.open() as reader:
            query = understand(asked.question, reader, earlier)
            found = search(
                reader, query, source_ids=asked.source_ids, limit=max(asked.top_k, QUOTED)
            )
            return query, found, reader.holdings.languages


def _pair(question: str, query: Query, found: Sequence[Found]) -> Quote | None:
    """Return the whole answer of a question-and-answer pair whose question was asked."""
    for candidate in found:
        passage = candidate.passage
        if passage.kind != "qa" or not passage.text.strip():
            continue
        same = token_sort_ratio(question.lower(), passage.heading.lower()) >= PAIR_SAME
        if same or _asks_the_same(passage, query):
            everything = (Part(0, len(passage.text), as_is=True),)
            return Quote(passage, everything, 1.0, candidate.score, frozenset())
    return None


def _asks_the_same(passage: Passage, query: Query) -> bool:
    """Tell whether a question asks what a pair's question asks: all of it, and little else."""
    heading = set(passage.heading_terms)
    asked = {term for concept in query.concepts for term in concept.terms}
    covered = sum(
        concept.weight * concept.rarity
        for concept in query.concepts
        if heading & concept.terms.keys()
    )
    language = language_of(passage.heading)
    rarities = [
        (max(query.rarity(term) for term in group), not asked.isdisjoint(group))
        for group in (terms_of(word, language) for word in passage.heading.split())
        if group
    ]
    whole = sum(told for told, _ in rarities)
    met = sum(told for told, hit in rarities if hit)
    return covered >= PAIR_ASKED * query.weight > 0 and met >= PAIR_MET * whole


def _best(quotes: Iterable[Quote], *, digest: bool) -> list[Quote]:
    """Return the quotes that belong into one answer, the best first."""
    pool = list(quotes)
    top = max((quote.score for quote in pool), default=1.0) or 1.0
    pool.sort(
        key=lambda quote: (-(2 * quote.evidence + quote.score / top + quote.fit), quote.passage.id)
    )
    chosen: list[Quote] = []
    for quote in pool:
        if len(chosen) == (MOST_IN_DIGEST if digest else MOST_QUOTES):
            break
        if not chosen:
            chosen.append(quote)
            continue
        first = chosen[0]
        adds = quote.covers - frozenset().union(*(other.covers for other in chosen))
        evidence, score = CLOSE_IN_DIGEST if digest else CLOSE[bool(adds)]
        if quote.evidence < first.evidence * evidence or quote.score < top * score:
            continue
        if not digest and not _joins(quote, first, adds=bool(adds)):
            continue
        if all(token_set_ratio(quote.text, other.text) < ALIKE for other in chosen):
            chosen.append(quote)
    return chosen


def _joins(quote: Quote, first: Quote, *, adds: bool) -> bool:
    """Tell whether a quote belongs behind the first: rows and less fitting words rarely do."""
    if adds:
        return True
    return (quote.told or not first.told) and quote.fit >= first.fit - LESS_FITTING


def _compose(sheet: Sheet, quotes: Sequence[Quote]) -> None:
    """Write the best quote first and the others under what they are about."""
    first, *others = quotes
    sheet.quote(first)
    under = label_of(first.passage)
    groups: dict[str, list[Quote]] = {}
    for quote in others:
        groups.setdefault(label_of(quote.passage), []).append(quote)
    for label, group in sorted(groups.items(), key=lambda pair: pair[0] != under):
        # What stood one after the other is told one after the other.
        group.sort(key=lambda quote: (quote.passage.source_id, quote.passage.position))
        for place, quote in enumerate(group):
            sheet.quote(quote, "" if place or label == under else label)
