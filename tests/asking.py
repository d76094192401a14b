"""A season of a bicycle shop: what its visitors asked, day by day, and how they were answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from cast import Owner
from sqlalchemy import insert

from ragwidget import budgets
from ragwidget.engines.protocol import Usage
from ragwidget.extensions import db
from ragwidget.models import Citation, Conversation, DailyUsage, Message, new_id, now

ANSWERED = (
    "When do you open on Saturday?",
    "How much is the deposit?",
    "Do you rent out helmets?",
    "Can I bring the bicycle back on Sunday?",
    "Is there a discount for students?",
    "Do you repair flat tyres?",
)
MISSING = (
    "Do you sell cargo bikes?",
    "Can I pay with my phone?",
    "Where can I park a caravan?",
)
PAGES = ("/", "/rental", "/rental/prices", "/repairs")


def season(
    whose: Owner, days: int = 70, a_day: int = 8, minutes: int = 500, chatbot_id: object = None
) -> int:
    """Let visitors have asked in the last minutes of so many days; return how often they did."""
    chance = Random(11)
    owned = {
        "organization_id": whose.organization_id,
        "chatbot_id": chatbot_id or whose.chatbot_id,
    }
    conversations, messages, citations = [], [], []
    people = [uuid4() for _ in range(40)]
    for ago in range(days):
        for _ in range(chance.randrange(a_day // 2, a_day + (days - ago) // 9 + 1)):
            at = now() - timedelta(days=ago, seconds=chance.randrange(60 * minutes))
            conversation = {
                **owned,
                "id": new_id(),
                "visitor_id": chance.choice(people),
                "title": "A question",
                "message_count": 2,
                "next_position": 3,
                "created_at": at,
                "last_message_at": at,
            }
            conversations.append(conversation)
            both = {**owned, "conversation_id": conversation["id"]}
            question, answer = _turn(chance, both, at)
            messages += [question, answer]
            if answer["finish_reason"] == "stop" and chosen(chance, 0.8):
                citations.append(_citation(answer, whose))
    for table, rows in ((Conversation, conversations), (Message, messages), (Citation, citations)):
        db.session.execute(insert(table), rows)
    if not chatbot_id:
        _spend(whose, days, chance)
    db.session.commit()
    return len(messages) // 2


def chosen(chance: Random, share: float) -> bool:
    return chance.random() < share


def _turn(chance: Random, both: dict, at: datetime) -> tuple[dict, dict]:
    missing = chosen(chance, 0.16)
    failed = chosen(chance, 0.03)
    question = {
        **both,
        "id": new_id(),
        "question_id": None,
        "position": 1,
        "role": "visitor",
        "text": chance.choice(MISSING if missing else ANSWERED),
        "status": "completed",
        "finish_reason": None,
        "rating": None,
        "first_text_ms": None,
        "total_ms": None,
        "page_url": f"https://bicycles.example{chance.choices(PAGES, (5, 9, 4, 2))[0]}",
        "created_at": at,
    }
    first = round(chance.lognormvariate(7.1, 0.5))
    answer = {
        **question,
        "id": new_id(),
        "question_id": question["id"],
        "position": 2,
        "role": "chatbot",
        "text": "" if failed else "From nine to six.",
        "status": "failed" if failed else "completed",
        "finish_reason": "away" if failed else "refused" if missing else "stop",
        "rating": chance.choices(("up", "down", None), (16, 4, 80))[0],
        "first_text_ms": None if failed else first,
        "total_ms": first * 3,
        "page_url": None,
        "created_at": at + timedelta(milliseconds=4),
    }
    return question, answer


def _citation(answer: dict, whose: Owner) -> dict:
    return {
        "id": new_id(),
        "message_id": answer["id"],
        "source_id": whose.source_id,
        "index": 1,
        "title": "What Alice's bicycles does",
        "kind": "text",
        "snippet": "The bicycle shop opens at nine.",
        "spans": [[0, 5]],
    }


def _spend(whose: Owner, days: int, chance: Random) -> None:
    for ago in range(days):
        tokens = chance.randrange(9_000, 30_000)
        db.session.merge(
            DailyUsage(
                organization_id=whose.organization_id,
                chatbot_id=whose.chatbot_id,
                day=now().date() - timedelta(days=ago),
                model="gemini-3.8-flash",
                calls=9,
                prompt_tokens=tokens,
                completion_tokens=tokens // 9,
                cost=budgets.prices().cost(
                    "gemini-3.8-flash", Usage(prompt=tokens, completion=tokens // 9)
                ),
            )
        )
