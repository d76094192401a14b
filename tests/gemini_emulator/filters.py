"""Metadata filters in AIP-160 syntax. OR binds tighter than AND; a type mismatch finds nothing.

>>> metadata = {"dept": "HR", "year": 2025.0, "tags": ["a", "b"]}
>>> [compile(text)(metadata) for text in ('dept = "HR"', 'year > 2025', 'tags:"a"', "-dept=HR")]
[True, False, True, False]
>>> compile('dept = "IT" OR year >= 2025 AND tags:"c"')(metadata)
False
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ServiceError, invalid

Metadata = Mapping[str, str | float | list[str]]
Predicate = Callable[[Metadata], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<op><=|>=|!=|[=<>:])|(?P<paren>[()])
    |"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'
    |(?P<word>[^\s()"'=<>!:]+))""",
    re.VERBOSE,
)
_MEMBER = re.compile(r"-?[A-Za-z_][\w.-]*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def compile(text: str) -> Predicate:
    """Return the test that a filter makes; refuse one that can't be read."""
    parser = _Parser(_tokens(text), text)
    test = parser.expression()
    if parser.peek():
        raise parser.refusal()
    return test


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise _refusal(text)
        kind = match.lastgroup or ""
        value = match[kind]
        if kind in {"double", "single"}:
            kind, value = "string", re.sub(r"\\(.)", r"\1", value)
        tokens.append(_Token(kind, value))
        at = match.end()
    return tokens


def _refusal(text: str) -> ServiceError:
    return invalid(f"Invalid metadata filter: {text}")


class _Parser:
    """Reads one filter, each rule of the grammar a method."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens, self._text, self._at = tokens, text, 0

    def peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def refusal(self) -> ServiceError:
        return _refusal(self._text)

    def expression(self) -> Predicate:
        tests = self._sequence()
        while self._takes("word", "AND"):
            tests += self._sequence()
        return lambda metadata: all(test(metadata) for test in tests)

    def _sequence(self) -> list[Predicate]:
        tests = [self._factor()]
        while (token := self.peek()) and token != _Token("word", "AND"):
            if token == _Token("paren", ")"):
                break
            tests.append(self._factor())
        return tests

    def _factor(self) -> Predicate:
        tests = [self._term()]
        while self._takes("word", "OR"):
            tests.append(self._term())
        return lambda metadata: any(test(metadata) for test in tests)

    def _term(self) -> Predicate:
        if self._takes("word", "NOT") or self._takes("word", "-"):
            test = self._simple()
            return lambda metadata: not test(metadata)
        return self._simple()

    def _simple(self) -> Predicate:
        if self._takes("paren", "("):
            test = self.expression()
            if not self._takes("paren", ")"):
                raise self.refusal()
            return test
        return self._restriction()

    def _restriction(self) -> Predicate:
        member = self._next("word").text
        if not _MEMBER.fullmatch(member) or member in {"AND", "OR", "NOT"}:
            raise self.refusal()
        comparison = self._next("op").text
        value = self._value()
        key = member.removeprefix("-")
        negated = member != key

        def test(metadata: Metadata) -> bool:
            found = key in metadata and _compare(metadata[key], comparison, value)
            return found is not negated

        return test

    def _value(self) -> str | float:
        token = self.peek()
        if token is None or token.kind not in {"word", "string"}:
            raise self.refusal()
        self._at += 1
        if token.kind == "word" and _NUMBER.fullmatch(token.text):
            return float(token.text)
        if token.kind == "word" and token.text in {"AND", "OR", "NOT"}:
            raise self.refusal()
        return token.text

    def _takes(self, kind: str, text: str) -> bool:
        taken = self.peek() == _Token(kind, text)
        self._at += taken
        return taken

    def _next(self, kind: str) -> _Token:
        token = self.peek()
        if token is None or token.kind != kind:
            raise self.refusal()
        self._at += 1
        return token


def _compare(held: str | float | list[str], comparison: str, value: str | float) -> bool:
    if comparison == ":":
        return isinstance(held, list) and value in held
    if type(held) is not type(value) or (isinstance(held, str) and comparison not in {"=", "!="}):
        return False
    return _COMPARISONS[comparison](held, value)
