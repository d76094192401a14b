"""A team keeps order in its conversations: read, handled, archived, tagged, noted, deleted."""

import re
from typing import Any
from uuid import uuid4

import pytest
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from scripted import ScriptedEngine
from sqlalchemy import update
from werkzeug.test import TestResponse

from ragwidget import jobs
from ragwidget.conversations import bulk
from ragwidget.extensions import db
from ragwidget.models import AuditEntry, Membership, Source

TITLES = re.compile(r'class="row-link"[^>]*><bdi>([^<]*)<')


class Desk:
    """Where a member sits who keeps order."""

    def __init__(self, app: Flask, owner: Owner, email: str = "alice@example.org") -> None:
        self.client = sign_in(app, email)
        self.path = f"/dashboard/chatbots/{owner.chatbot_id}/conversations"
        self.token = csrf_of(self.client, "/account/password")

    def listed(self, query: str = "") -> list[str]:
        """Return the titles of a list."""
        page = self.client.get(f"{self.path}?{query}")
        assert page.status_code == 200, page.text
        return TITLES.findall(page.text)

    def post(self, path: str, **data: Any) -> TestResponse:
        """Send a form."""
        return self.client.post(f"{self.path}{path}", data={"csrf_token": self.token, **data})

    def change(self, change: str, *ids: str, query: str = "", **more: str) -> TestResponse:
        """Do something to the conversations that are ticked."""
        return self.post(f"/change?{query}", change=change, id=list(ids), **more)

    def tag(self, name: str, colour: str = "teal") -> str:
        """Make a tag; return its id."""
        assert self.post("/tags", name=name, colour=colour).status_code == 303
        page = self.client.get(f"{self.path}/tags").text
        found = re.findall(
            r"tag=([0-9a-f-]{36})\" aria-label=\"Conversations tagged ([^\"]*)", page
        )
        return {title: tag_id for tag_id, title in found}[name]


@pytest.fixture
def desk(app: Flask, alice: Owner) -> Desk:
    return Desk(app, alice)


@pytest.fixture
def said(victor: Visitor, engine: ScriptedEngine) -> dict[str, str]:
    """Three conversations, by their titles."""
    return {title: begun(victor, title) for title in ("Bikes?", "Cars?", "Vans?")}


def begun(victor: Visitor, question: str) -> str:
    """Ask in a conversation of its own; return its id."""
    victor.token = None
    victor.ask(question)
    assert victor.conversation_id
    return victor.conversation_id


def test_what_was_read_is_read_for_the_team_until_more_is_said(
    app: Flask, alice: Owner, desk: Desk, said: dict[str, str], victor: Visitor
) -> None:
    viola = Desk(app, alice, "viola@example.org")
    viola.client.get(f"{viola.path}/{said['Cars?']}")
    assert desk.listed("unread=yes") == ["Vans?", "Cars?", "Bikes?"]

    desk.client.get(f"{desk.path}/{said['Vans?']}")
    assert viola.listed("unread=yes") == ["Cars?", "Bikes?"]
    assert viola.client.get(viola.path).text.count("Unread: ") == 2

    victor.ask("And how many?")
    assert viola.listed("unread=yes") == ["Vans?", "Cars?", "Bikes?"]


def test_what_is_ticked_is_changed_and_nothing_else(desk: Desk, said: dict[str, str]) -> None:
    tag = desk.tag("Delivery")
    for change, query, found in (
        ("handle", "handled=yes", ["Cars?", "Bikes?"]),
        ("reopen", "handled=yes", []),
        ("unread", "unread=yes", ["Vans?", "Cars?", "Bikes?"]),
        ("read", "unread=no", ["Cars?", "Bikes?"]),
        (f"tag:{tag}", f"tag={tag}", ["Cars?", "Bikes?"]),
        (f"untag:{tag}", f"tag={tag}", []),
        ("archive", "", ["Vans?"]),
        ("unarchive", "archived=yes", []),
    ):
        answer = desk.change(change, said["Bikes?"], said["Cars?"])
        assert answer.status_code == 303
        assert desk.listed(query) == found, change


def test_what_is_archived_comes_back_when_its_visitor_goes_on(
    desk: Desk, said: dict[str, str], victor: Visitor
) -> None:
    desk.change("archive", *said.values())
    assert desk.listed() == []
    assert desk.listed("archived=yes") == ["Vans?", "Cars?", "Bikes?"]

    victor.ask("And how many?")

    assert desk.listed() == ["Vans?"]


def test_the_list_says_what_its_visitor_has_put_away(
    desk: Desk, said: dict[str, str], victor: Visitor
) -> None:
    victor.call("PATCH", f"/conversations/{said['Vans?']}", json={"archived": True})

    assert desk.client.get(desk.path).text.count("Put away by the visitor") == 1


def test_the_list_marks_what_members_tried_themselves(desk: Desk, victor: Visitor) -> None:
    victor.origin = "http://localhost"
    victor.ask("Vans?", page={"url": "http://localhost/dashboard/chatbots/1/settings/preview"})
    begun(victor, "Cars?")

    assert desk.client.get(desk.path).text.count("Tried in the dashboard") == 1
    assert desk.listed("page=http://localhost/dashboard/") == ["Vans?"]


def test_it_asks_before_it_deletes(app: Flask, desk: Desk, said: dict[str, str]) -> None:
    asked = desk.change("delete", said["Bikes?"], said["Cars?"])
    assert asked.status_code == 200
    assert "Delete 2 conversations?" in asked.text
    assert len(desk.listed()) == 3

    desk.change("delete", said["Bikes?"], said["Cars?"], sure="yes")

    assert desk.listed() == ["Vans?"]
    with app.app_context():
        noted = db.session.query(AuditEntry).filter_by(action="conversations.deleted").one()
        assert noted.details["count"] == 2


def test_all_that_match_are_changed_in_lots_and_none_that_comes_later(
    app: Flask,
    desk: Desk,
    alice: Owner,
    said: dict[str, str],
    victor: Visitor,
    engine: ScriptedEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "LOT", 2)
    asked = []
    monkeypatch.setattr(jobs, "change_many", asked.append)
    tag = desk.tag("Old")
    desk.change(f"tag:{tag}", query="outcome=answered&unread=yes", everything="yes")
    desk.change("read", query="outcome=answered&unread=yes", everything="yes")

    with app.app_context():
        assert bulk.go_on(asked[0])
        assert "2 conversations so far" in desk.client.get(desk.path).text
        begun(victor, "Kites?")
        while bulk.go_on(asked[0]):
            pass
        jobs.work_off()  # as after a crash: what is due is found
        assert bulk.due() == []

    assert desk.listed(f"tag={tag}") == ["Vans?", "Cars?", "Bikes?"]
    assert desk.listed("unread=yes") == ["Kites?"]
    assert "so far" not in desk.client.get(desk.path).text


def test_all_that_match_can_be_deleted(desk: Desk, said: dict[str, str]) -> None:
    desk.change("handle", said["Cars?"])
    sure = desk.change("delete", query="handled=no", everything="yes")
    assert "Delete 2 conversations?" in sure.text
    desk.change("delete", query="handled=no", everything="yes", sure="yes")
    with desk.client.application.app_context():
        jobs.work_off()

    assert desk.listed("archived=any") == ["Cars?"]


def test_tags_are_renamed_coloured_and_deleted(
    app: Flask, desk: Desk, alice: Owner, bob: Owner, said: dict[str, str]
) -> None:
    tag = desk.tag("Delivery")
    desk.post(f"/{said['Cars?']}/tags", tag=[tag, str(uuid4()), "x"])
    assert 'class="chip tag teal">Delivery<' in desk.client.get(desk.path).text
    taken = desk.post("/tags", name=" Delivery ", colour="red")
    assert taken.status_code == 422
    assert "There is a tag of this name already." in taken.text
    assert desk.post("/tags", name="x" * 41, colour="red").status_code == 422
    assert desk.post("/tags", name="Y", colour="plaid").status_code == 422
    desk.tag("Other")
    desk.post(f"/tags/{tag}", name="Other", colour="red")
    assert 'class="chip tag teal">Delivery<' in desk.client.get(desk.path).text

    desk.post(f"/tags/{tag}", name="Shipping", colour="pink")
    assert 'class="chip tag pink">Shipping<' in desk.client.get(desk.path).text

    his = Desk(app, bob, "bob@example.org")
    assert his.post(f"/tags/{tag}", name="Mine", colour="red").status_code == 404
    assert his.change(f"tag:{tag}", said["Cars?"]).status_code == 404
    his.post(f"/tags/{tag}/delete")
    assert desk.listed(f"tag={tag}") == ["Cars?"]

    desk.post(f"/tags/{tag}/delete")
    assert '">Shipping<' not in desk.client.get(desk.path).text


def test_a_change_that_is_none_is_refused_and_nothing_ticked_is_said(
    desk: Desk, said: dict[str, str]
) -> None:
    for change in ("", "drop", "tag", "tag:x", "handle:1", f"archive:{uuid4()}"):
        assert desk.change(change, said["Cars?"]).status_code == 422, change
    assert desk.change("handle").status_code == 303
    assert "Tick the conversations first." in desk.client.get(desk.path).text
    assert desk.post(f"/{said['Cars?']}/change", change="delete").status_code == 422


def test_a_list_tells_how_many_have_come_to_its_front(
    desk: Desk, said: dict[str, str], victor: Visitor, engine: ScriptedEngine
) -> None:
    for query in ("", "outcome=answered"):
        page = desk.client.get(f"{desk.path}?{query}").text
        place = re.search(r'data-fresh="([^"]*)"', page)
        assert place
        address = place[1].replace("&amp;", "&")
        before = desk.client.get(address)
        assert before.json == {"count": 0, "more": False}
        same = desk.client.get(address, headers={"If-None-Match": before.headers["ETag"]})
        assert same.status_code == 304
        begun(victor, "Kites?")
        assert desk.client.get(address).json == {"count": 1, "more": False}


def test_notes_stand_beside_a_conversation_until_who_wrote_them_deletes_them(
    app: Flask, alice: Owner, desk: Desk, said: dict[str, str]
) -> None:
    path = f"/{said['Cars?']}"
    desk.post(f"{path}/notes", text="Call <b>her</b> back.\n\nOn Monday.")
    page = desk.client.get(f"{desk.path}{path}").text
    assert "Call &lt;b&gt;her&lt;/b&gt; back.\n\nOn Monday." in page
    [note] = re.findall(r"/notes/([0-9a-f-]+)/delete", page)
    desk.post(f"{path}/notes", text="  ")
    desk.post(f"{path}/notes", text="x" * 4001)
    assert desk.client.get(f"{desk.path}{path}").text.count("/delete") == 2

    viola = Desk(app, alice, "viola@example.org")
    assert viola.post(f"{path}/notes/{note}/delete").status_code == 403
    with app.app_context():
        db.session.execute(update(Membership).values(role="editor"))
        db.session.commit()
    assert viola.post(f"{path}/notes/{note}/delete").status_code == 303
    assert "Call &lt;b&gt;" in viola.client.get(f"{desk.path}{path}").text

    desk.post(f"{path}/notes/{note}/delete")
    assert "Call &lt;b&gt;" not in desk.client.get(f"{desk.path}{path}").text
    again = desk.client.post(
        f"{desk.path}{path}/notes/{note}/delete",
        data={"csrf_token": desk.token},
        follow_redirects=True,
    )
    assert "deleted already" in again.text


def test_an_answer_becomes_a_source_that_is_linked_from_it(
    app: Flask, alice: Owner, desk: Desk, victor: Visitor, engine: ScriptedEngine
) -> None:
    engine.will_say("I don't know.")
    reply = victor.ask("Do you mend brakes?")
    path = f"/{victor.conversation_id}/answers/{reply.message_id}/pair"
    assert path in desk.client.get(f"{desk.path}/{victor.conversation_id}").text
    form = desk.client.get(f"{desk.path}{path}").text
    assert 'value="Do you mend brakes?"' in form
    assert "I don&#39;t know.</textarea>" in form
    assert desk.post(path, question="", answer="We do.").status_code == 422

    saved = desk.post(path, question="Do you mend brakes?", answer="We do, for fifty euros.")

    assert saved.status_code == 303
    assert saved.location.endswith(f"#message-{reply.message_id}")
    with app.app_context():
        made = db.session.query(Source).filter_by(kind="qa").one()
        assert (made.question, made.text) == ("Do you mend brakes?", "We do, for fifty euros.")
        assert made.chatbot_id == alice.chatbot_id
    page = desk.client.get(saved.location).text
    assert f"/sources/{made.id}" in page
    assert path not in page
    foreign = f"/{victor.conversation_id}/answers/{reply.start['question_id']}/pair"
    assert desk.client.get(f"{desk.path}{foreign}").status_code == 404


def test_the_ways_to_the_next_and_the_previous_stay_within_the_filter(
    desk: Desk, said: dict[str, str], victor: Visitor
) -> None:
    def ways(title: str, query: str) -> dict[str, str]:
        page = desk.client.get(f"{desk.path}/{said[title]}?{query}").text
        found = re.findall(r'rel="(prev|next)" data-key="." href="[^"]*/([0-9a-f-]+)\??', page)
        return {way: next(t for t, id in said.items() if id == other) for way, other in found}

    assert ways("Cars?", "") == {"prev": "Vans?", "next": "Bikes?"}
    assert ways("Cars?", "sort=oldest") == {"prev": "Bikes?", "next": "Vans?"}
    desk.change("handle", said["Cars?"])
    assert ways("Vans?", "handled=no") == {"next": "Bikes?"}
    assert ways("Bikes?", "handled=no") == {"prev": "Vans?"}
    assert ways("Bikes?", "search=cars") == {"prev": "Cars?"}


def test_a_link_to_one_message_opens_the_page_on_which_it_stands(
    app: Flask, alice: Owner, desk: Desk, victor: Visitor, engine: ScriptedEngine
) -> None:
    first = victor.ask("First?").message_id
    for number in range(45):
        victor.ask(f"Number {number}?")
    path = f"{desk.path}/{victor.conversation_id}"

    assert f'id="message-{first}"' not in desk.client.get(path).text
    assert f'id="message-{first}"' in desk.client.get(f"{path}?at={first}").text
    assert desk.client.get(f"{path}?at={uuid4()}&before=x").status_code == 200


def test_the_visitor_s_file_says_what_the_team_wrote_about_them(
    app: Flask, alice: Owner, desk: Desk, said: dict[str, str]
) -> None:
    desk.post(f"/{said['Cars?']}/notes", text="Wants a red one.")
    page = desk.client.get(f"{desk.path}/{said['Cars?']}").text
    visitor = re.search(r"person=([0-9a-f-]{36})", page)
    assert visitor
    file = desk.client.get(
        f"/dashboard/chatbots/{alice.chatbot_id}/settings/privacy/visitors/{visitor[1]}.json"
    )
    [told] = [each for each in file.json["conversations"] if each["title"] == "Cars?"]
    assert [note["text"] for note in told["notes"]] == ["Wants a red one."]
