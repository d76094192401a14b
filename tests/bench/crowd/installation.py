"""A lifelike installation of any size: organizations, chatbots, and what was said to them.

Most of it was said to one chatbot, as it goes. What a measurement looks for is in it in the same
number or in the same share at any size: a loyal visitor, a long conversation, a word that was
said three times, words of every frequency.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from types import SimpleNamespace
from uuid import UUID

from sqlalchemy import Connection, text

from ragwidget.conversations.search import facets
from ragwidget.conversations.search.transcripts import CHAPTER, spell

SHARES = (0.64, 0.15, 0.1, 0.05, 0.03, 0.02, 0.01)  # of the chatbots, in what was said
LOYAL_VISITOR = UUID(int=7)
LOYAL_CONVERSATIONS = 40
LONG_TURNS = 200
RARE, RARE_TIMES = "quokka", 3
COMMON, SELDOM = "delivery", "warranty"
SHARED_WORDS = {COMMON: 1 / 3, SELDOM: 0.003}  # of the conversations
ENDINGS = (
    *(("completed", "stop"), ("completed", "refused"), ("completed", "near")),
    *(("failed", "away"), ("stopped", "stopped")),
)
ENDING_SHARES = (83, 8, 4, 3, 2)
PAGES = ("https://shop.example/", "https://shop.example/terms", "https://shop.example/bikes")
YEAR = timedelta(days=365)
UNREAD = timedelta(days=3)  # the last of them
ROW = {"locale": "en", "handled_at": None, "team_archived_at": None, "tags": ()}
CUTS = json.dumps(list(range(20, 420, 20)))
TABLES = ("conversations", "messages", "citations", "transcripts", "transcripts_fts")
BATCH = 10_000

Row = dict[str, str | int | None]


@dataclass(slots=True)
class Place:
    """A chatbot of the installation, and whom to look for in it."""

    organization_id: UUID
    chatbot_id: UUID
    source_id: UUID
    scope: int


@dataclass(slots=True)
class Installation:
    """What was made, and where a measurement finds what it looks for."""

    places: list[Place]
    messages: int = 0
    long_conversation: UUID | None = None


def let_in(connection: Connection, made: Installation, email: str) -> None:
    """Make a member of whoever this is in the organization in which most was said."""
    connection.execute(
        text(
            "UPDATE memberships SET organization_id = :organization"
            " WHERE user_id = (SELECT id FROM users WHERE email = :email)"
        ),
        {"organization": made.places[0].organization_id.hex, "email": email},
    )


class Telling:
    """Makes rows, oldest first, spelled so that both databases take them."""

    def __init__(self, chance: random.Random, messages: int) -> None:
        self._chance = chance
        self._wanted = messages
        self._pool = _sentences(chance)
        self._number = 0
        self._lot: dict[str, list[Row]] = {name: [] for name in TABLES}
        self.made = Installation([])

    def settle(self, connection: Connection) -> None:
        """Make the organizations, their chatbots, and a source for each."""
        for rank in range(len(SHARES)):
            place = Place(self._id(), self._id(), self._id(), 1000 + rank)
            ids = {
                "organization": place.organization_id.hex,
                "chatbot": place.chatbot_id.hex,
                "source": place.source_id.hex,
                "scope": place.scope,
                "at": _spell(datetime.now(UTC) - timedelta(days=366)),
                "name": f"Shop {rank + 1}",
            }
            for statement in _SETTLING:
                connection.execute(text(statement), ids)
            self.made.places.append(place)

    def rows(self) -> Iterator[dict[str, list[Row]]]:
        """Yield lots of rows by their tables, until enough was said."""
        began = datetime.now(UTC) - YEAR
        rare_every = max(1, self._wanted // 5 // (RARE_TIMES + 1))
        count = rare = 0
        while self.made.messages < self._wanted:
            count += 1
            place = self._chance.choices(self.made.places, SHARES)[0]
            visitor, turns, extra = self._id(), self._turns(), []
            if count <= LOYAL_CONVERSATIONS:
                place, visitor = self.made.places[0], LOYAL_VISITOR
            if count == LOYAL_CONVERSATIONS:
                turns = LONG_TURNS
            if count % rare_every == 0 and rare < RARE_TIMES:
                place, rare = self.made.places[0], rare + 1
                extra = [RARE]
            at = began + YEAR * (self.made.messages / self._wanted)
            self._tell(place, visitor, turns, at, extra)
            if len(self._lot["messages"]) > BATCH:
                yield self._take()
        yield self._take()

    def _take(self) -> dict[str, list[Row]]:
        taken, self._lot = self._lot, {name: [] for name in TABLES}
        return taken

    def _turns(self) -> int:
        return min(40, 1 + int(self._chance.expovariate(0.6)))

    def _tell(
        self, place: Place, visitor: UUID, turns: int, at: datetime, extra: list[str]
    ) -> None:
        chance = self._chance
        conversation = self._id(at)
        if turns == LONG_TURNS:
            self.made.long_conversation = conversation
        extra += [word for word, share in SHARED_WORDS.items() if chance.random() < share]
        owner = {
            "organization_id": place.organization_id.hex,
            "chatbot_id": place.chatbot_id.hex,
        }
        words: set[str] = set(extra)
        left: set[str] = set()
        title = ""
        for turn in range(turns):
            moment = at + timedelta(minutes=turn)
            asked, asked_words = chance.choice(self._pool)
            said = chance.choices(self._pool, k=4)
            words.update(asked_words, *(each for _, each in said))
            if turn == 0:
                asked = " ".join([asked, *extra])
                title = asked[:80]
            both = {**owner, "conversation_id": conversation.hex, "created_at": _spell(moment)}
            question = self._question(both, moment, turn, asked)
            left |= self._answer(both, moment, turn, question, place, [text for text, _ in said])
        self._number += turns  # each of its turns gave it a new one
        self.made.messages += 2 * turns
        self._lot["conversations"].append(
            {
                **owner,
                "id": conversation.hex,
                "visitor_id": visitor.hex,
                "identified": 0,
                "vouched": 0,
                "title": title,
                "locale": "en",
                "page_url": PAGES[0],
                "address": "203.0.113.0/24",
                "message_count": 2 * turns,
                "unread": int(datetime.now(UTC) - at < UNREAD),
                "next_position": 2 * turns + 1,
                "tags": "[]",
                "metadata": "{}",
                "created_at": _spell(at),
                "last_message_at": _spell(at + timedelta(minutes=turns - 1)),
            }
        )
        unread = datetime.now(UTC) - at < UNREAD
        row = SimpleNamespace(**ROW, last_message_at=at, unread=unread)
        held = [*facets.of_row(row), *left, *(f"x{word}" for word in words)]
        terms = " ".join([spell(place.scope, self._number // CHAPTER, term) for term in held])
        self._lot["transcripts"].append({"id": self._number, "conversation_id": conversation.hex})
        self._lot["transcripts_fts"].append({"rowid": self._number, "terms": terms})

    def _question(self, both: Row, moment: datetime, turn: int, text: str) -> str:
        made = self._id(moment).hex
        self._lot["messages"].append(
            {
                **both,
                "id": made,
                "client_id": self._id().hex,
                "position": 2 * turn + 1,
                "role": "visitor",
                "text": text,
                "status": "completed",
                "cuts": "[]",
                "page_url": PAGES[turn % len(PAGES)],
                "metadata": '{"mode": null, "source_ids": [], "use_sources": true}',
            }
        )
        return made

    def _answer(
        self, both: Row, moment: datetime, turn: int, question: str, place: Place, said: list[str]
    ) -> set[str]:
        chance = self._chance
        status, reason = chance.choices(ENDINGS, ENDING_SHARES)[0]
        rating = chance.choices(("up", "down", None), (5, 2, 93))[0]
        made = self._id(moment + timedelta(milliseconds=2)).hex
        self._lot["messages"].append(
            {
                **both,
                "id": made,
                "question_id": question,
                "position": 2 * turn + 2,
                "role": "chatbot",
                "text": " ".join(said),
                "status": status,
                "finish_reason": reason,
                "engine": "gemini",
                "model": "gemini-3.8-flash",
                "mode": "strict",
                "grounded": int(reason == "stop"),
                "prompt_tokens": 900,
                "completion_tokens": 80,
                "total_tokens": 980,
                "first_text_ms": chance.randrange(300, 3000),
                "total_ms": 6000,
                "cuts": CUTS,
                "rating": rating,
                "metadata": "{}",
                "completed_at": both["created_at"],
            }
        )
        cited = chance.choice((0, 1, 1, 2)) if status == "completed" else 0
        for index in range(cited):
            self._lot["citations"].append(
                {
                    "id": self._id().hex,
                    "message_id": made,
                    "source_id": place.source_id.hex,
                    "index": index + 1,
                    "title": "Terms",
                    "kind": "file",
                    "snippet": said[index],
                    "score": "0.8",
                    "spans": "[[0, 20]]",
                }
            )
        answer = SimpleNamespace(
            status=status,
            finish_reason=reason,
            engine="gemini",
            grounded=reason == "stop",
            rating=rating,
        )
        left = facets.of_answer(answer) | facets.of_places(PAGES[turn % len(PAGES)])
        return left | (facets.of_source(place.source_id) if cited else set())

    def _id(self, at: datetime | None = None) -> UUID:
        """Return a UUID of this moment, or of one in the past, in the order of time."""
        milliseconds = int((at or datetime.now(UTC)).timestamp() * 1000)
        tail = self._chance.getrandbits(62)
        low = self._chance.getrandbits(12)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | low << 64 | 0x2 << 62 | tail)


def _sentences(chance: random.Random) -> list[tuple[str, frozenset[str]]]:
    """Return sentences of words that are as common and as rare as those of a language."""
    syllables = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "en", "or")]
    lengths = (1, 2, 2, 3, 3)
    made_up = ("".join(chance.choices(syllables, k=chance.choice(lengths))) for _ in range(60_000))
    vocabulary = list(islice(dict.fromkeys(made_up), 20_000))
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(vocabulary))))
    made = []
    for _ in range(20_000):
        words = chance.choices(vocabulary, cum_weights=weights, k=chance.randrange(8, 24))
        made.append((" ".join(words).capitalize() + ".", frozenset(words)))
    return made


def _spell(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


_SETTLING = (
    "INSERT INTO organizations (id, name, created_at) VALUES (:organization, :name, :at)",
    "INSERT INTO chatbots (id, organization_id, name, instructions, mode, visitor_modes, engine,"
    " top_k, welcome, suggested_questions, words, strings, theme, locale, origins, created_at,"
    " updated_at) VALUES (:chatbot, :organization, :name, '', 'strict', '[]', 'local', 8, '', '[]',"
    " '{}', '{}', '{}', '', '[]', :at, :at)",
    "INSERT INTO passage_scopes (id, chatbot_id) VALUES (:scope, :chatbot)",
    "INSERT INTO sources (id, organization_id, chatbot_id, kind, title, size_bytes, state,"
    " progress, attempts, passage_count, created_at)"
    " VALUES (:source, :organization, :chatbot, 'file', 'Terms', 0, 'ready', 100, 1, 0, :at)",
)
