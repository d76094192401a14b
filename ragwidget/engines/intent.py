"""The form an answer should have: a number, a price, a definition."""

import re

_NUMBER_ASKED = re.compile(
    r"\b(?:how (?:much|many|long|old|often|far|big|large|high|fast|soon)|when|what time|which year"
    r"|what (?:is|are) the (?:price|cost|limit|maximum|minimum)|wie ?viel\w*|wie lange|wann|combien"
    r"|quand|cu[aá]nt\w*|cu[aá]ndo|quant\w*|quando|hoeveel|wanneer)\b",
    re.IGNORECASE,
)
_DEFINITION_ASKED = re.compile(
    r"(?:what|who)(?:'s| is| are| does)\b(?:\W+\w+){1,4}?(?: mean)?\W*$|was (?:ist|sind|bedeutet)\b"
    r"|qu'est-ce|qui est|qué (?:es|son)|quién es|(?:che )?cos'?è|o que é|wat (?:is|zijn)",
    re.IGNORECASE,
)
_LIST_ASKED = re.compile(
    r"(?:what|which|how (?:do|can|to|should)|welche|was (?:brauche|muss)|wie (?:kann|geht)"
    r"|comment|quels?|quelles?|qué|cuáles|cómo|quali|come|quais|como|welke|hoe)\b",
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
_DEFINED = re.compile(
    r"\W*(?:(?:an?|the|der|die|das|eine?|une?|les?|la|el|il|o|het|de)\s)?(\w+(?:[ -]\w+){0,2}?)\W*"
    r"(?:\b(?:is|are|means|ist|sind|bedeutet|est|sont|es|son|è|sono|é)\b|[:|—–=]|\s-\s)",
    re.IGNORECASE,
)


def wants_number(question: str) -> bool:
    """Tell whether a number is asked for, or a time."""
    return bool(_NUMBER_ASKED.search(question))


def wants_list(question: str) -> bool:
    """Tell whether several things or steps may be asked for."""
    return bool(_LIST_ASKED.match(question.strip()))


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


def defined_in(text: str) -> str:
    """Return what a text defines with its first words, if it does.

    >>> defined_in("| turn | one question with its answer |")
    'turn'
    """
    opening = _DEFINED.match(text)
    return opening[1] if opening else ""
