"""Programs say who else is told what happens."""

from __future__ import annotations

from flask import Flask
from programs import Program, refused
from sqlalchemy import select

from ragwidget import webhooks
from ragwidget.extensions import db
from ragwidget.models import ApiCall, Webhook

HOOK = {"url": "https://example.org/hook", "kinds": ["source.failed", "contact.requested"]}
NOBODYS = "00000000-0000-0000-0000-000000000000"


def test_it_tells_the_secret_once_also_when_it_is_sent_again(
    house: Flask, program: Program
) -> None:
    made = program.post("/webhooks", HOOK, name="set-up").get_json()
    again = program.post("/webhooks", HOOK, name="set-up").get_json()

    assert again == made
    with house.app_context():
        row = db.session.scalars(select(Webhook)).one()
        assert made["secret"] == webhooks.secret_of(row.id, row.secret)
        kept = db.session.scalars(select(ApiCall.answer)).one()
        assert made["secret"] not in str(kept)
    assert program.get(f"/webhooks/{row.id}").get_json() == {"webhook": made["webhook"]}


def test_what_was_answered_under_a_lost_secret_is_told_anew(house: Flask, program: Program) -> None:
    pair = {"question": "Fish?", "answer": "On Fridays."}
    first = program.post(f"{program.chatbot}/sources/qa", pair, name="one").get_json()
    house.config["SECRET_KEY"] = "another secret of this installation"

    again = program.post(f"{program.chatbot}/sources/qa", pair, name="one")

    assert again.get_json()["source"]["id"] == first["source"]["id"]


def test_it_changes_switches_and_removes_one(program: Program) -> None:
    at = f"/webhooks/{program.post('/webhooks', HOOK).get_json()['webhook']['id']}"
    mine = str(program.owner.chatbot_id)

    changed = program.call("PATCH", at, json={"chatbot_ids": [mine], "on": False}).get_json()

    assert changed["webhook"]["chatbot_ids"] == [mine]
    assert changed["webhook"]["url"] == HOOK["url"]
    assert changed["webhook"]["on"] is False
    assert program.call("DELETE", at).status_code == 204
    assert refused(program.get(at)) == (404, "webhook_not_found")


def test_it_takes_neither_open_addresses_nor_chatbots_of_bobs(
    house: Flask, program: Program
) -> None:
    bob = Program(house, email="bob@example.org")
    his = {**HOOK, "chatbot_ids": [str(bob.owner.chatbot_id)]}

    assert refused(program.post("/webhooks", HOOK | {"url": "http://example.org"}))[0] == 422
    assert refused(program.post("/webhooks", his)) == (404, "chatbot_not_found")
    assert program.get("/webhooks").get_json() == {"webhooks": []}
    at = f"/webhooks/{program.post('/webhooks', HOOK).get_json()['webhook']['id']}"
    assert refused(program.call("PATCH", at, json={"url": "http://example.org"}))[0] == 422
    assert program.get(at).get_json()["webhook"]["url"] == HOOK["url"]


def test_a_key_for_one_chatbot_sets_none_up(house: Flask, program: Program) -> None:
    narrow = Program(house, chatbot_id=program.owner.chatbot_id)

    assert refused(narrow.post("/webhooks", HOOK)) == (403, "key_for_one_chatbot")
    assert refused(narrow.get("/webhooks")) == (403, "key_for_one_chatbot")


def test_it_is_tested_and_sent_again_once_for_each_name(house: Flask, program: Program) -> None:
    at = f"/webhooks/{program.post('/webhooks', HOOK).get_json()['webhook']['id']}"
    tested = program.post(f"{at}/test", name="one")
    program.post(f"{at}/test", name="one")
    delivery = tested.get_json()["delivery"]

    again = program.post(f"{at}/deliveries/{delivery['id']}/redeliver")

    assert (tested.status_code, delivery["kind"], delivery["attempts"]) == (202, "webhook.test", 0)
    assert (again.status_code, again.get_json()["delivery"]["id"]) == (202, delivery["id"])
    log = program.get(f"{at}/deliveries").get_json()["deliveries"]
    assert [each["id"] for each in log] == [delivery["id"]]
    other = f"{at}/deliveries/{NOBODYS}/redeliver"
    assert refused(program.post(other)) == (404, "delivery_not_found")
