"""What visitors leave for a human stands in an inbox until somebody has looked after it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from cast import Owner, Visitor, csrf_of, owner, sign_in, victor_at
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from ragwidget import inbox
from ragwidget.errors import InvalidInput
from ragwidget.extensions import db
from ragwidget.models import ContactRequest, Membership, User

ALL = "/dashboard/inbox"


def leave(
    victor: Visitor, message: str, name: str = "Victor", email: str = "victor@example.org"
) -> str:
    """Leave a message; return its id."""
    if victor.conversation_id is None:
        victor.ask("Hello?")
    body = {"name": name, "email": email, "message": message}
    answer = victor.post(f"/conversations/{victor.conversation_id}/contact", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["contact"]["id"])


def press(client: FlaskClient, page: str, verb: str, **fields: str) -> str:
    """Press a button of a request's page; return the page that it leads to."""
    data = {"csrf_token": csrf_of(client, page), **fields}
    answer = client.post(f"{page}/{verb}", data=data, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def user_id(app: Flask, email: str) -> str:
    with app.app_context():
        return str(db.session.scalar(select(User.id).filter_by(email=email)))


def test_who_answers_sees_the_address_in_the_message(house: Flask) -> None:
    victor = victor_at(house)
    leave(victor, "Please call me.")  # so that this is how they are known
    left = leave(victor, "Rather write to my office.", email="office@example.org")
    client = sign_in(house, "alice@example.org")
    chatbot = f"/dashboard/chatbots/{victor.chatbot_id}"

    for page in (f"inbox/{left}", f"conversations/{victor.conversation_id}"):
        said = client.get(f"{chatbot}/{page}").text.partition("They left an address, too:")[2]
        assert "office@example.org" in said.partition("</p>")[0], page


def test_a_message_is_open_then_taken_then_done(app: Flask, alice: Owner) -> None:
    victor = victor_at(app)
    left = leave(victor, "Please call me.")
    client = sign_in(app, alice.email)
    here = f"/dashboard/chatbots/{alice.chatbot_id}/inbox"
    for place in (ALL, here, f"{ALL}?state=open", f"{ALL}?assignee=nobody"):
        assert "Please call me." in client.get(place).text, place
    assert "Please call me." not in client.get(f"{here}?state=taken").text
    assert re.search(r"Inbox<span class=\"count\">.* 1<", client.get("/dashboard/").text)

    page = f"{here}/{left}"
    assert "Whole conversation" in client.get(page).text
    press(client, page, "assign", assignee=str(alice.user_id))
    for place in (f"{ALL}?state=taken", f"{ALL}?assignee=me", here):
        assert "Please call me." in client.get(place).text, place
    assert "Please call me." not in client.get(f"{ALL}?state=open").text

    assert "Please call me." not in press(client, page, "done")
    assert "All done" in client.get(ALL).text
    assert "Please call me." in client.get(f"{ALL}?state=done").text
    assert 'class="count"' not in client.get("/dashboard/").text

    press(client, page, "reopen")
    assert "Please call me." in client.get(ALL).text


def test_only_a_member_can_look_after_it_and_who_leaves_lets_go_of_it(house: Flask) -> None:
    left = leave(victor_at(house), "Please call me.")
    with house.app_context():
        alice, bob = owner("alice@example.org"), owner("bob@example.org")
    client = sign_in(house, alice.email)
    page = f"/dashboard/chatbots/{alice.chatbot_id}/inbox/{left}"
    for stranger in (str(bob.user_id), "nonsense"):
        data = {"csrf_token": csrf_of(client, page), "assignee": stranger}
        assert client.post(f"{page}/assign", data=data).status_code == 422

    viola = user_id(house, "viola@example.org")
    press(client, page, "assign", assignee=viola)
    assert "viola@example.org" in client.get(f"{ALL}?state=taken").text
    with house.app_context():
        db.session.execute(delete(Membership).where(Membership.user_id == UUID(viola)))
        db.session.commit()
    assert "Please call me." in client.get(f"{ALL}?state=open").text


def test_it_goes_on_page_by_page_and_tells_nothing_of_other_organizations(house: Flask) -> None:
    with house.app_context():
        alice, bob = owner("alice@example.org"), owner("bob@example.org")
    victor = victor_at(house)
    for number in range(5):
        leave(victor, f"Number {number}")
    leave(Visitor(house, bob.chatbot_id, origin=None), "For the baker")

    with house.app_context():
        seen: list[str] = []
        after = None
        while True:
            page = inbox.listing(alice.organization_id, inbox.Wanted(), after=after, limit=2)
            seen += [letter.request.message for letter in page.rows]
            if (after := page.next) is None:
                break
        assert seen == [f"Number {number}" for number in reversed(range(5))]
        assert inbox.count(alice.organization_id) == 5
        elsewhere = inbox.Wanted(chatbot_id=bob.chatbot_id)
        assert inbox.listing(alice.organization_id, elsewhere).rows == []


@pytest.mark.parametrize("bad", ["state=lost", "assignee=x", "chatbot=1", "after=yesterday"])
def test_what_no_filter_knows_is_refused_by_its_name(house: Flask, bad: str) -> None:
    answer = sign_in(house, "alice@example.org").get(f"{ALL}?{bad}")

    assert answer.status_code == InvalidInput.status
    assert f"{bad.partition('=')[0]}: " in answer.text


def test_the_answer_by_mail_begins_with_what_was_asked(house: Flask) -> None:
    left = leave(victor_at(house), "Bikes & cars?\n\nYours", name="Victor <b>")
    with house.app_context():
        alice = owner("alice@example.org")
    page = sign_in(house, alice.email).get(f"/dashboard/chatbots/{alice.chatbot_id}/inbox/{left}")
    match = re.search(r'href="(mailto:[^"]+)"', page.text)
    assert match
    link = urlsplit(unescape(match[1]))
    fields = parse_qs(link.query)

    assert link.path == "victor%40example.org"
    assert fields["subject"] == ["Your message to Alice's bicycles"]
    assert fields["body"] == ["\n\nVictor <b> wrote:\n> Bikes & cars?\n> \n> Yours\n"]
    assert "<b>" not in page.text


def test_it_is_erased_with_its_visitor(house: Flask) -> None:
    victor = victor_at(house)
    leave(victor, "Please call me.")
    victor.call("DELETE", f"/conversations/{victor.conversation_id}")

    assert "All done" in sign_in(house, "alice@example.org").get(ALL).text
    with house.app_context():
        assert db.session.scalars(select(ContactRequest)).all() == []
