"""Everything dies at random moments: `python tests/bench/crashes.py --kills 500 [--seed 7]`.

Visitors ask, leave, come back, retry and rate as the widget does, an owner uploads, and web
processes, the whole of gunicorn, the job worker, PostgreSQL, its backends and Valkey are killed
by `kill -9` meanwhile. Afterwards everything that anybody was told must be found, once.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from besieging import Asked, Besieged, Uploader
from cast import owner
from counting_server import PAUSE
from databases import let_go, people
from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased
from wrecking import Installation, installed

from ragwidget import config, jobs
from ragwidget.app import create_app
from ragwidget.extensions import db
from ragwidget.library import of_chatbot, read_again
from ragwidget.models import (
    Chatbot,
    Conversation,
    DailyBudget,
    DailyUsage,
    Message,
    Source,
)

VISITORS = 10
MOST_LOST_SECONDS = 2.0  # of what was heard: a checkpoint is written about once a second
EVERY = 0.6  # seconds from one kill to the next, about
MOST_STORM = 20.0  # seconds without an answer: a slow machine needs longer to come back
LULL = 3.0
WEIGHTS = {  # what takes seconds to come back dies less often
    "a web process": 12,
    "all of gunicorn": 3,
    "the job worker": 5,
    "PostgreSQL": 20,
    "a backend of PostgreSQL": 35,
    "Valkey": 25,
}
WEB = {"a web process", "all of gunicorn"}  # left alone while nobody is there to answer
SETTINGS = {
    "RAGWIDGET_VISITOR_QUESTIONS_PER_HOUR": "100000",
    "RAGWIDGET_ADDRESS_QUESTIONS_PER_HOUR": "100000",
    "RAGWIDGET_ORGANIZATION_QUESTIONS_PER_DAY": "1000000",
    "RAGWIDGET_ORGANIZATION_TOKENS_PER_DAY": "2000000000",
    "RAGWIDGET_PRICES": "counting-1 1 2",
    "RAGWIDGET_GEMINI_MODEL": "counting-1",
    "RAGWIDGET_GEMINI_API_KEY": "never used",
    "RAGWIDGET_GEMINI_BASE_URL": "http://127.0.0.1:9",
    "RAGWIDGET_LOG_LEVEL": "CRITICAL",
}


@dataclass
class Storm:
    """What happened, as those tell it who were there."""

    deaths: Counter[str] = field(default_factory=Counter)
    visitors: list[Besieged] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    seconds: float = 0.0
    odd: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[Asked]:
        """Return every question that was ever sent."""
        return [asked for visitor in self.visitors for asked in visitor.asked]


def main() -> None:
    """Let everything die, and print what was found afterwards; fail when anything is wrong."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=500)
    arguments.add_argument("--seed", type=int, default=random.randrange(10_000))
    told = arguments.parse_args()
    print(f"seed {told.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        storm, problems = weather(Path(folder), told.kills, told.seed)
    print(f"{sum(storm.deaths.values())} kills in {storm.seconds:.0f} s: {dict(storm.deaths)}")
    print(report(storm))
    for problem in problems:
        print(f"WRONG: {problem}")
    sys.exit(bool(problems))


def weather(folder: Path, kills: int, seed: int) -> tuple[Storm, list[str]]:
    """Let so many things die under load; return what happened, and all that is wrong afterwards."""
    with installed(folder, SETTINGS) as installation:
        people(installation.address, folder)
        app = create_app(**config.load(installation.environment, TESTING=True))
        with app.app_context():
            alice, bob = (owner(f"{name}@example.org").chatbot_id for name in ("alice", "bob"))
            db.session.execute(
                update(Chatbot)
                .where(Chatbot.id == alice)
                .values(engine="gemini", writes_titles=False, suggests_follow_ups=False)
            )
            db.session.commit()
            db.session.remove()
        installation.start()
        try:
            storm = rage(installation, str(alice), str(bob), kills, seed)
            with app.app_context():
                settle()
                problems = [*storm.odd, *wrong(storm, bob)]
        finally:
            let_go(app)
    return storm, problems


def rage(installation: Installation, alice: str, bob: str, kills: int, seed: int) -> Storm:
    """Let visitors and an owner work while everything dies, then hear them out."""
    chance, over, storm = random.Random(seed), threading.Event(), Storm()
    installation.wait()
    uploader = Uploader(installation.port, bob, "bob@example.org")
    storm.visitors = [Besieged(installation.port, alice, n, seed) for n in range(VISITORS)]
    people = [threading.Thread(target=one.run, args=(over,)) for one in (*storm.visitors, uploader)]
    for one in people:
        one.start()
    began = was_ready = time.monotonic()
    while sum(storm.deaths.values()) < kills:
        time.sleep(chance.uniform(0.2, 2 * EVERY - 0.2))
        if ready := installation.is_ready():
            was_ready = time.monotonic()
        elif time.monotonic() - was_ready > MOST_STORM:
            installation.wait()
            time.sleep(LULL)
        [way] = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        if ready or way not in WEB:
            storm.deaths[way] += installation.deaths[way](chance)
    storm.seconds = time.monotonic() - began
    over.set()
    for one in people:
        one.join()
    storm.taken = uploader.taken
    storm.odd = [problem for one in (*storm.visitors, uploader) for problem in one.odd]
    installation.wait()
    for visitor in storm.visitors[:3]:
        storm.odd += retried(visitor)
    return storm


def retried(visitor: Besieged) -> list[str]:
    """Have the last of a visitor's failed answers tried again; it has to work now."""
    for asked in reversed(visitor.asked):
        if asked.answers and asked.answers[-1].end == "error":
            again = visitor.ask_again(asked.answers[-1].message_id)
            asked.answers.append(again)
            return [] if again.text == whole(asked.text) else [f"a retry said {again.text!r}"]
    return []


def settle() -> None:
    """Wait until nobody is at anything any more, as the sweep sees to that."""
    until = time.monotonic() + 90
    while True:
        jobs.sweep()
        busy = db.session.scalar(
            select(func.count())
            .select_from(Message)
            .where(Message.status.in_(("pending", "streaming")))
        ) or db.session.scalar(
            select(func.count()).select_from(Source).where(Source.state.in_(("waiting", "reading")))
        )
        db.session.remove()
        if not busy or time.monotonic() > until:
            return
        time.sleep(0.5)


def wrong(storm: Storm, bob: UUID) -> list[str]:
    """Return everything that is not as somebody was told, or does not add up."""
    return [
        *(problem for asked in storm.asked for problem in wrong_with(asked)),
        *wrong_answers(),
        *wrong_counts(),
        *wrong_ledger(),
        *wrong_sources(storm, bob),
    ]


def wrong_with(asked: Asked) -> list[str]:
    """Compare what one visitor was told of one question with what is kept of it."""
    questions = db.session.scalars(select(Message).filter_by(client_id=UUID(asked.client_id))).all()
    if not asked.answers:
        return ["a question was kept twice"] if len(questions) > 1 else []
    if [str(question.id) for question in questions] != [asked.question_id]:
        return [f"{asked.text!r} was acknowledged and is kept {len(questions)} times"]
    problems = []
    for heard in asked.answers:
        kept = db.session.get(Message, UUID(heard.message_id))
        if kept is None or kept.question_id != questions[0].id:
            return [f"an answer to {asked.text!r} is lost"]
        longer, shorter = sorted((heard.text, kept.text), key=len, reverse=True)
        beyond = len(heard.text.split()) - len(kept.text.split())
        if not longer.startswith(shorter) or beyond * PAUSE > MOST_LOST_SECONDS:
            problems.append(f"heard {heard.text!r}, kept {kept.text!r}")
        if heard.end == "done" and (kept.status, kept.text) != ("completed", heard.text):
            problems.append(f"{heard.text!r} was whole, and is kept {kept.status}")
        if heard.end == "error" and kept.status != "failed":
            problems.append(f"{asked.text!r} was told to have failed, and is kept {kept.status}")
    if asked.rated:
        rated = db.session.get_one(Message, UUID(asked.rated[0]))
        if rated.rating != asked.rated[1]:
            problems.append(f"a thumb {asked.rated[1]} is kept as {rated.rating}")
    return problems


def wrong_answers() -> list[str]:
    """Look at every question and answer that is kept, whether or not anybody was told of it."""
    problems = []
    question = aliased(Message)
    answers = db.session.execute(
        select(Message, question.text).join(question, Message.question_id == question.id)
    ).all()
    for answer, asked in answers:
        full = whole(asked)
        if answer.status == "completed" and answer.text != full:
            problems.append(f"a completed answer to {asked!r} is {answer.text!r}")
        elif answer.status not in ("completed", "failed") or not full.startswith(answer.text):
            problems.append(f"an answer to {asked!r} is {answer.status}: {answer.text!r}")
        if answer.held_tokens or answer.held_cost:
            problems.append(f"an answer that is {answer.status} holds {answer.held_tokens} tokens")
    standing = Counter(answer.question_id for answer, _ in answers if not answer.superseded_at)
    for question_id in db.session.scalars(select(Message.id).filter_by(role="visitor")):
        if standing[question_id] != 1:
            problems.append(f"a question has {standing[question_id]} answers that count")
    return problems


def wrong_counts() -> list[str]:
    """Count the messages of every conversation."""
    counted = db.session.execute(
        select(
            Conversation.message_count,
            Conversation.next_position,
            func.count(Message.id),
            func.max(Message.position),
        )
        .outerjoin(Message)
        .group_by(Conversation.id)
    )
    return [
        f"{count} messages are counted as {told}"
        for told, following, count, last in counted
        if told != count or following != (last or 0) + 1
    ]


def wrong_ledger() -> list[str]:
    """Add up what all answers took, and compare it with the days' budgets and the ledger."""
    took = (Message.prompt_tokens, Message.completion_tokens)
    calls, told, cost = db.session.execute(
        select(
            func.count().filter(Message.cost > 0),
            func.sum(sum(func.coalesce(one, 0) for one in took)),
            func.sum(Message.cost),
        ).filter(Message.role == "chatbot")
    ).one()
    budget = db.session.execute(
        select(
            *(
                func.sum(column)
                for column in (
                    DailyBudget.tokens,
                    DailyBudget.cost,
                    DailyBudget.held_tokens,
                    DailyBudget.held_cost,
                )
            )
        )
    ).one()
    ledger = db.session.execute(
        select(
            *(
                func.sum(column)
                for column in (
                    DailyUsage.calls,
                    DailyUsage.prompt_tokens + DailyUsage.completion_tokens,
                    DailyUsage.cost,
                )
            )
        )
    ).one()
    tokens = budget[0]
    expected = {"budget": (tokens, cost, 0, 0), "ledger": (calls, tokens, cost)}
    found = {"budget": tuple(budget), "ledger": tuple(ledger)}
    problems = [] if found == expected else [f"answers took {expected}, counted are {found}"]
    if tokens < told:  # what broke off counts as what was expected of it, or more
        problems.append(f"answers told of {told} tokens, and {tokens} are counted")
    return problems


def wrong_sources(storm: Storm, bob: UUID) -> list[str]:
    """Look for every file that was taken in; what took its reader down can be read again."""
    for source in of_chatbot(bob):
        if source.error_code == "crashed":
            read_again(source)
    jobs.work_off(patience=30)
    states = {source.title: source.state for source in of_chatbot(bob)}
    lost = [f"{name} is lost" for name in storm.taken if name not in states]
    return lost + [f"{name} is {state}" for name, state in states.items() if state != "ready"]


def whole(asked: str) -> str:
    """Return the answer to a question that is not interrupted."""
    return "".join(f"{number} " for number in range(1, int(asked.split()[-1]) + 1))


def report(storm: Storm) -> str:
    """Say in a few lines what visitors lived through."""
    ends = Counter(heard.end or "left" for asked in storm.asked for heard in asked.answers)
    refusals = sum(visitor.refusals for visitor in storm.visitors)
    return (
        f"{len(storm.asked)} questions, answers ended {dict(ends)}; {refusals} clear refusals; "
        f"{len(storm.taken)} files"
    )


if __name__ == "__main__":
    main()
