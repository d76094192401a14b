"""The form an answer should have: a number, a price, a definition."""

import re
from dataclasses import dataclass

_NUMBER_ASKED = re.compile(
    r"\b(?:how (?:much|many|long|old|often|far|big|large|high|fast|soon)|when|what time|which year"
    r"|what (?:is|are) the (?:price|cost|limit|maximum|minimum)|wie ?viel\w*|wie lange|wann|combien"
    r"|quand|cu[aá]nt\w*|cu[aá]ndo|quant\w*|quando|hoeveel|wanneer)\b",
    re.IGNORECASE,
)
_DEFINITION_ASKED = re.compile(
    r"(?:what|who)(?:'?s| is| are| does)\b(?:\W+\w+){1,4}?(?: mean)?\W*$"
    r"|was (?:ist|sind|bedeutet)\b"
    r"|qu'est-ce|qui est|qué (?:es|son)|quién es|(?:che )?cos'?è|o que é|wat (?:is|zijn)",
    re.IGNORECASE,
)
_LIST_ASKED = re.compile(
    r"(?:what|which|how (?:do|can|to|should)|welche|was (?:brauche|muss)|wie (?:kann|geht)"
    r"|comment|quels?|quelles?|qué|cuáles|cómo|quali|come|quais|como|welke|hoe)\b",
    re.IGNORECASE,
)
_STEPS_ASKED = re.compile(
    r"how (?:do|does|can|to|should|would|could|may)\b|wie (?:kann|können|geht|mache?|soll|muss)\b"
    r"|comment (?:puis|peut|dois|faire|je|on)\b|cómo (?:puedo|se|hago|debo)\b"
    r"|como (?:posso|faço|se)\b|come (?:posso|si|faccio|devo)\b|hoe (?:kan|moet)\b",
    re.IGNORECASE,
)
_SENTENCE_ASKED = re.compile(
    r"(?:is|are|am|was|were|do|does|did|can|could|may|must|should|will|would|has|have|who|where"
    r"|ist|sind|kann|können|darf|muss|hat|haben|gibt|wer|wo|est-ce|peut|puis|qui|où|es|hay|puedo"
    r"|quién|dónde|è|posso|chi|dove|há|quem|onde|kan|mag|wie is|waar)\b",
    re.IGNORECASE,
)
_INSTRUCTION = re.compile(
    r"(?:then |first |next |finally )?(?:open|choose|click|select|go|press|tap|paste|copy|add"
    r"|create|enter|type|set|write|save|run|install|put|drop|drag|call|use|send|make|upload|download|sign"
    r"|log|visit|check|turn|remove|delete|follow|scroll|fill|take|bring|wait|to \w+,)\b"
    r"|\w+en sie\b|\w{3,}ez\b",
    re.IGNORECASE,
)
_ANNOUNCING = re.compile(
    r":$|\b(?:these|following|below|two|three|four|five|six|seven|eight|nine|ten|several|folgende\w*"
    r"|zwei|drei|vier|fünf|suivant\w*|deux|trois|siguientes?|tres|seguenti|tre)\b",
    re.IGNORECASE,
)
_TIME_ASKED = re.compile(
    r"\b(?:how (?:long|soon|often)|when|what time|wie lange|wann|combien de temps"
    r"|cuánto tiempo|quanto tempo|hoe lang)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|zwei|drei|vier|fünf"
    r"|einen?|deux|trois|dos|tres|due|tre|twee|drie)(?: working| business)?[ -]?"
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|nights?|sekunden?|minuten?|stunden?"
    r"|tagen?|wochen?|monaten?|jahren?|heures?|jours?|semaines?|mois|ans?|horas?|días?|semanas?"
    r"|meses|años?|giorni|ore|settimane|mesi|anni|dias?|dagen|weken|maanden|uur|uhr|[ap]\.?m)\b"
    r"|\b\d{1,2}(?::\d\d| ?h)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:19|20)\d\d\b"
    r"|\b(?:noon|midnight|today|tomorrow|\w+tags?)\b",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"costs?|pric(?:e[sd]?|ing)|fees?|charged?|pay(?:s|ing)?|koste[tn]|preise?|coûte(?:nt)?|prix|tarifs?"
    r"|cuestan?|precios?|costano?|prezz[oi]|custam?|preços?|kost(?:en)?|prijs|prijzen",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[€$£¥₹]\s?\d|\d\s?(?:[€$£]|(?:euros?|eur|usd|gbp|chf|dollars?|pounds?|cents?|francs?)\b)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\A(?:[-*+•‣–]|\d{1,3}[.)]|[a-z][.)])\s+")
_DEFINED = re.compile(
    r"\W*(?:(?:an?|the|der|die|das|eine?|une?|les?|la|el|il|o|het|de)\s)?(\w+(?:[ -]\w+){0,2}?)\W*"
    r"(?:\b(?:is|are|means|ist|sind|bedeutet|est|sont|es|son|è|sono|é)\b|[:|—–=]|\s-\s)",
    re.IGNORECASE,
)


def wants_number(question: str) -> bool:
    """Tell whether a number is asked for, or a time."""
    return bool(_NUMBER_ASKED.search(question))


def gives_number(question: str, text: str) -> bool:
    """Tell whether a text has what a question for a number asks for: a time, or any number.

    >>> gives_number("How long is it valid?", "It gets 401."), gives_number("How many?", "Up to 3")
    (False, True)
    """
    if _TIME_ASKED.search(question):
        return bool(_TIME.search(text))
    return any(map(str.isdigit, text))


def wants_list(question: str) -> bool:
    """Tell whether several things or steps may be asked for."""
    return bool(_LIST_ASKED.match(question.strip()))


def wants_steps(question: str) -> bool:
    """Tell whether it is asked how to do something."""
    return bool(_STEPS_ASKED.match(question.strip())) and not wants_number(question)


def wants_sentence(question: str) -> bool:
    """Tell whether a sentence is the answer: a number, a yes or no, a person, a place.

    >>> wants_sentence("Does it use cookies?"), wants_sentence("How do I sign up?")
    (True, False)
    """
    return wants_number(question) or bool(_SENTENCE_ASKED.match(question.strip()))


def instructs(text: str) -> bool:
    """Tell whether a sentence tells its reader to do something."""
    return bool(_INSTRUCTION.match(text))


def announces(text: str) -> bool:
    """Tell whether a sentence leads to several things that are told after it."""
    return bool(_ANNOUNCING.search(text))


def wants_definition(question: str) -> bool:
    """Tell whether a question asks what something is.

    >>> wants_definition("What is a turn?"), wants_definition("What happens next?")
    (True, False)
    """
    return bool(_DEFINITION_ASKED.match(question.strip()))


def is_price(word: str) -> bool:
    """Tell whether a word asks for an amount of money."""
    return bool(_PRICE.fullmatch(word))


def has_money(text: str) -> bool:
    """Tell whether an amount of money stands in a text."""
    return bool(_MONEY.search(text))


def defined_in(text: str, kind: str = "sentence") -> str:
    """Return what a text defines with its first words, if it does; a row, with its first cell, and
    an item with its first word.

    >>> defined_in("| turn | one question with its answer |")
    'turn'
    >>> defined_in("word: turn; means: one question with its answer", "row")
    'turn'
    """
    if kind == "row":
        return text.partition(";")[0].rpartition(": ")[2]
    if kind == "item":
        return _ITEM.sub("", text).partition(" ")[0]
    opening = _DEFINED.match(text)
    return opening[1] if opening else ""


@dataclass(frozen=True, slots=True)
class Wish:
    """The form that the answer to a question should have; a digest is never one sentence."""

    question: str
    digest: bool
    number: bool
    several: bool
    definition: bool
    steps: bool
    sentence: bool

    @classmethod
    def of(cls, question: str, *, digest: bool = False) -> "Wish":
        """Return what a question wishes for."""
        return cls(
            question,
            digest,
            number=wants_number(question),
            several=wants_list(question),
            definition=wants_definition(question),
            steps=wants_steps(question),
            sentence=not digest and wants_sentence(question),
        )
