"""What a question leans on: the words of the conversation that it leaves out."""

import re
from collections.abc import Sequence

from ragwidget.engines.protocol import Said
from ragwidget.engines.words import language_of, subjects, surface_words

_POINTING = {
    "english": "it its they them their theirs that this those these one ones he she him her there",
    "german": "es dies dieser diese dieses ihn ihm davon dafür damit dazu darüber daran dabei",
    "french": "elle ils elles ça cela celui celle ceux lui",
    "spanish": "eso esto ello ese esa esos esas él ella ellos ellas",
    "italian": "esso essa questo questa quello quella ne lui lei",
    "portuguese": "isso isto ele ela eles elas esse essa aquilo",
    "dutch": "dat dit hij zij ze ervan ervoor daarvoor daarmee",
}
_OPENINGS = re.compile(
    r"(?:and|but|or|so|also|then|what about|how about|what if|why|why not|how so|how|when|where|who"
    r"|und|aber|oder|auch|warum|wieso|wie|wann|wo|was ist mit|wie sieht es mit"
    r"|et|mais|ou|aussi|pourquoi|comment|quand|où|qu'en est-il"
    r"|y|pero|o|también|por qué|cómo|cuándo|dónde|qué tal|e|ma|anche|perché|come|quando|dove"
    r"|mas|também|por que|onde|en|maar|ook|waarom|hoe|wanneer|waar|hoe zit het met)\b",
    re.IGNORECASE,
)
_CONTINUING = re.compile(
    r"(?:and|but|or|also|then|what about|how about|what if|und|aber|auch|was ist mit|et|mais|aussi"
    r"|y|pero|también|e|ma|anche|mas|também|en|maar|ook|hoe zit het met)\b",
    re.IGNORECASE,
)
_EMPTY_IT = re.compile(
    r"\b(?:is|was|would|will|does) (?:it|there|that|this)(?= (?:possible|allowed|ok|okay|safe|legal"
    r"|necessary|free|a|an|any|take|cost to|make sense))|\bist es (?=möglich|erlaubt)|\bgibt es\b"
    r"|\best-il possible|\bil y a\b",
    re.IGNORECASE,
)
_LEAN = (1.0, 0.5, 0.35, 0.2)  # by how many words of its own the question has


def leaned_on(question: str, history: Sequence[Said]) -> list[tuple[str, float]]:
    """Return the earlier words that a question leaves out, each with what it weighs.

    Nothing comes back for a question that stands on its own.
    """
    asked = [said.text for said in history if said.role == "visitor"]
    weight = _leaning(question) if asked else 0.0
    if not weight:
        return []
    words: dict[str, float] = {}
    for earlier in reversed(asked[-3:]):
        for word in subjects(earlier):
            words.setdefault(word, weight)
        if not _leaning(earlier):
            break
        weight *= 0.7
    for word in subjects(question):
        words.pop(word, None)
    return list(words.items())


def _leaning(question: str) -> float:
    """Return how much a question leans on what was said before it; 0 when it stands alone."""
    language = language_of(question)
    pointing = set(_POINTING.get(language, "").split())
    words = {group[0] for group in surface_words(_EMPTY_IT.sub(" ", question))}
    own = len(subjects(question))
    lean = _LEAN[min(own, len(_LEAN) - 1)]
    if own == 0 or words & pointing or _CONTINUING.match(question.strip()):
        return lean
    # "Why not in Spain?" and "How much?" are the rest of a question; "Refund policy?" is one.
    return lean / 2 if own == 1 and _OPENINGS.match(question.strip()) else 0.0
