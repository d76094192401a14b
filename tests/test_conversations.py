"""Visitors keep their conversations: read, page, rename, put away, erase, rate, ask for a human."""

from uuid import UUID, uuid4

import pytest
from cast import Owner, Visitor
from flask import Flask
from scripted import ScriptedEngine
from sqlalchemy import func, select, update

from ragwidget.conversations import team
from ragwidget.extensions import db
from ragwidget.models import Citation, ContactRequest, Conversation, Message, now

pytestmark = pytest.mark.usefixtures("engine")


def code(response) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]["code"]


def titles(response) -> list[str]:
    return [thread["title"] for thread in response.get_json()["conversations"]]


def test_it_lists_a_visitors_own_conversations_the_latest_first(
    app: Flask, victor: Visitor, mallory: Visitor
) -> None:
    victor.ask("First?")
    old = victor.token
    victor.ask("Second?", new_conversation=True)
    mallory.ask("What did Victor ask?")
    victor.token = old
    victor.ask("First again?")

    listed = victor.get("/conversations").get_json()

    assert [thread["title"] for thread in listed["conversations"]] == ["First?", "Second?"]
    assert listed["conversations"][0]["message_count"] == 4
    assert listed["next"] is None


def test_it_pages_through_conversations_without_showing_one_twice(victor: Visitor) -> None:
    for number in range(5):
        victor.ask(f"Question {number}", new_conversation=True)
    first = victor.get("/conversations?limit=2")
    victor.ask("A new one", new_conversation=True)

    second = victor.get(
        "/conversations", query_string={"limit": 2, "after": first.get_json()["next"]}
    )
    third = victor.get(
        "/conversations", query_string={"limit": 2, "after": second.get_json()["next"]}
    )

    assert titles(first) + titles(second) + titles(third) == [
        f"Question {number}" for number in (4, 3, 2, 1, 0)
    ]
    assert third.get_json()["next"] is None


def test_it_pages_through_messages_from_the_newest(victor: Visitor) -> None:
    for number in range(3):
        victor.ask(f"Question {number}")
    path = f"/conversations/{victor.conversation_id}/messages"

    newest = victor.get(f"{path}?limit=4").get_json()
    oldest = victor.get(f"{path}?limit=4&before={newest['before']}").get_json()

    assert [message["text"] for message in oldest["messages"] + newest["messages"]] == [
        "Question 0",
        "Yes.",
        "Question 1",
        "Yes.",
        "Question 2",
        "Yes.",
    ]
    assert oldest["before"] is None
    assert newest["conversation"].keys() == {"id", "title", "token", "awaits_human"}


def test_it_tells_what_was_said_behind_a_message_and_whether_a_human_is_awaited(
    app: Flask, victor: Visitor
) -> None:
    victor.ask("May I bring my dog?")
    at = f"/conversations/{victor.conversation_id}"
    last = victor.messages()[-1]["id"]

    def since(message_id: str) -> tuple[list[str], bool]:
        told = victor.get(f"{at}/messages?after={message_id}").get_json()
        return [each["text"] for each in told["messages"]], told["conversation"]["awaits_human"]

    assert since(last) == ([], False)
    contact = {"name": "Victor", "email": "victor@example.org", "message": "May I?"}
    victor.post(f"{at}/contact", json=contact)
    with app.app_context():
        conversation = db.session.get_one(Conversation, UUID(victor.conversation_id))
        team.say(conversation, "Anna", "Of course!")
    assert since(last) == (["Of course!"], True)
    assert since(str(uuid4())) == (["May I bring my dog?", "Yes.", "Of course!"], True)
    with app.app_context():
        db.session.execute(update(ContactRequest).values(handled_at=now()))
        db.session.commit()
    assert since(victor.messages()[-1]["id"]) == ([], False)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/conversations?after=nonsense", "after"),
        ("/conversations?after=2026-01-01T00:00:00~7", "after"),
        ("/conversations/{}/messages?before=-1", "before"),
        ("/conversations/{}/messages?before=99999999999999999999", "before"),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(victor: Visitor, path: str, field: str) -> None:
    victor.ask("Hello?")

    refusal = victor.get(path.format(victor.conversation_id))

    assert refusal.status_code == 422
    assert refusal.get_json()["error"]["field"] == field


@pytest.mark.parametrize("limit", ["0", "-5", "1000000", "many", ""])
def test_an_odd_limit_is_refused(victor: Visitor, limit: str) -> None:
    victor.ask("Hello?")

    refusal = victor.get(f"/conversations?limit={limit}")

    assert refusal.status_code == 422
    assert refusal.get_json()["error"]["field"] == "limit"


def test_it_can_be_renamed(victor: Visitor) -> None:
    victor.ask("Hello?")
    path = f"/conversations/{victor.conversation_id}"

    renamed = victor.call("PATCH", path, json={"title": "  My bicycle "})

    assert renamed.get_json()["conversation"]["title"] == "My bicycle"
    assert victor.get(path).get_json()["conversation"]["title"] == "My bicycle"
    for bad in ({"title": ""}, {"title": "x" * 81}, {"title": 7}, {"name": "x"}):
        assert victor.call("PATCH", path, json=bad).status_code == 422


def test_it_can_be_put_away_and_comes_back_when_it_goes_on(victor: Visitor) -> None:
    victor.ask("Hello?")
    victor.call("PATCH", f"/conversations/{victor.conversation_id}", json={"archived": True})

    assert titles(victor.get("/conversations")) == []
    assert titles(victor.get("/conversations?archived=true")) == ["Hello?"]
    victor.ask("Still there?")
    assert titles(victor.get("/conversations")) == ["Hello?"]


def test_it_can_be_erased_with_everything_in_it(app: Flask, victor: Visitor) -> None:
    app.extensions.pop("engine")
    victor.ask("When does the bicycle shop open?")
    gone = victor.conversation_id

    assert victor.call("DELETE", f"/conversations/{gone}").status_code == 204

    assert code(victor.get(f"/conversations/{gone}")) == (404, "conversation_not_found")
    with app.app_context():
        for table in (Conversation, Message, Citation):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_it_can_be_erased_while_the_answer_is_written(
    victor: Visitor, engine: ScriptedEngine
) -> None:
    erased: list[int] = []

    def erase() -> None:
        path = f"/conversations/{victor.conversation_id}"
        erased.append(victor.call("DELETE", path).status_code)

    victor.ask("Hello?")
    engine.will_say("At ", erase, "nine.")
    reply = victor.ask("When do you open?")

    assert erased == [204]
    assert reply.names[-1] in {"done", "error"}
    assert victor.get("/conversations").get_json()["conversations"] == []


def test_a_thumb_and_a_comment_are_kept_and_can_be_taken_back(victor: Visitor) -> None:
    path = f"/messages/{victor.ask('Hello?').message_id}/feedback"

    rated = victor.call("PUT", path, json={"rating": "down", "comment": "Too short."}).get_json()
    assert rated["message"]["feedback"] == {"rating": "down", "comment": "Too short."}
    assert victor.messages()[1]["feedback"] == {"rating": "down", "comment": "Too short."}
    taken_back = victor.call("PUT", path, json={"rating": None}).get_json()
    assert taken_back["message"]["feedback"] is None


@pytest.mark.parametrize(
    "body", [{}, {"rating": "sideways"}, {"rating": "up", "comment": "x" * 1001}, [], 7]
)
def test_odd_feedback_is_refused(victor: Visitor, body: object) -> None:
    path = f"/messages/{victor.ask('Hello?').message_id}/feedback"

    assert victor.call("PUT", path, json=body).status_code == 422
    assert victor.messages()[1]["feedback"] is None


def test_a_question_cannot_be_rated(victor: Visitor) -> None:
    question = victor.ask("Hello?").start["question_id"]

    refusal = victor.call("PUT", f"/messages/{question}/feedback", json={"rating": "up"})

    assert code(refusal) == (404, "message_not_found")


def test_a_message_for_a_human_is_kept(app: Flask, victor: Visitor) -> None:
    victor.ask("Hello?")
    body = {"name": "Victor", "email": "victor@example.org", "message": "Please call me."}

    left = victor.post(f"/conversations/{victor.conversation_id}/contact", json=body)

    assert left.status_code == 201
    with app.app_context():
        kept = db.session.scalars(select(ContactRequest)).one()
        assert (kept.name, kept.email, kept.message) == tuple(body.values())


def test_a_message_for_a_human_needs_an_address_to_answer_to(app: Flask, victor: Visitor) -> None:
    victor.ask("Hello?")
    body = {"name": "Victor", "email": "nowhere", "message": "Please call me."}

    refusal = victor.post(f"/conversations/{victor.conversation_id}/contact", json=body)

    assert refusal.get_json()["error"]["field"] == "email"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ContactRequest)) == 0


def test_what_is_anothers_is_as_if_it_were_not(
    victor: Visitor, mallory: Visitor, alice: Owner
) -> None:
    reply = victor.ask("Hello?")
    mallory.ask("Hello?")

    def tries(conversation: str, message: str) -> list[tuple[int, bytes]]:
        body = {"name": "M", "email": "m@example.org", "message": "x"}
        calls = [
            ("GET", f"/conversations/{conversation}", None),
            ("GET", f"/conversations/{conversation}/messages", None),
            ("PATCH", f"/conversations/{conversation}", {"title": "mine"}),
            ("DELETE", f"/conversations/{conversation}", None),
            ("POST", f"/conversations/{conversation}/contact", body),
            ("GET", f"/messages/{message}/events", None),
            ("POST", f"/messages/{message}/stop", None),
            ("POST", f"/messages/{message}/retry", None),
            ("PUT", f"/messages/{message}/feedback", {"rating": "down"}),
        ]
        responses = [mallory.call(method, path, json=body) for method, path, body in calls]
        return [(response.status_code, response.data) for response in responses]

    victors = tries(str(victor.conversation_id), reply.message_id)

    assert victors == tries(str(uuid4()), str(uuid4()))
    assert {status for status, _ in victors} == {404}
    assert [message["text"] for message in victor.messages()] == ["Hello?", "Yes."]
