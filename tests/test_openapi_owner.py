"""Every answer of the owner API is as its document tells it: no field less, and none more."""

from __future__ import annotations

from cast import victor_at
from flask import Flask
from programs import Program
from werkzeug.test import TestResponse

from ragwidget.web.openapi.contract import contract_of


def test_every_answer_is_as_it_is_told(house: Flask) -> None:
    program, victor, heard = Program(house), victor_at(house), set()

    def held(name: str, answer: TestResponse) -> TestResponse:
        contract = contract_of(house.view_functions[f"owner.{name}"])
        assert contract is not None
        assert answer.status_code == contract.status, answer.text
        if contract.answers:
            contract.answers.model_validate_json(answer.data)
        heard.add(name)
        return answer

    held("get_key", program.get("/key"))
    held("get_chatbots", program.get("/chatbots"))
    made = held("post_chatbot", program.post("/chatbots", {"name": "Help"}))
    at = f"/chatbots/{made.get_json()['chatbot']['id']}"
    held("get_chatbot", program.get(at))
    held("patch_chatbot", program.call("PATCH", at, json={"mode": "creative"}))
    kinds = {
        "text": {"title": "Hours", "text": "We open at nine."},
        "qa": {"question": "Fish?", "answer": "On Fridays."},
    }
    for kind, sent in kinds.items():
        added = held(f"post_{kind}", program.post(f"{at}/sources/{kind}", sent))
        source = f"{at}/sources/{added.get_json()['source']['id']}"
        held(f"put_{kind}", program.call("PUT", f"{source}/{kind}", json=sent))
    file = held("post_file", program.upload(f"{at}/sources/file", b"At nine.", "hours.txt"))
    place = f"{at}/sources/{file.get_json()['source']['id']}/file"
    held("put_file", program.upload(place, b"At ten.", "hours.txt", method="PUT"))
    held("get_passages", program.get(f"{source}/passages"))
    held("get_sources", program.get(f"{at}/sources"))
    held("get_source", program.get(source))
    held("read_again", program.post(f"{source}/read"))
    held("delete_source", program.call("DELETE", source))
    hook = {"url": "https://example.org/hook", "kinds": ["source.failed"]}
    added = held("post_webhook", program.post("/webhooks", hook))
    place = f"/webhooks/{added.get_json()['webhook']['id']}"
    held("get_webhooks", program.get("/webhooks"))
    held("get_webhook", program.get(place))
    held("patch_webhook", program.call("PATCH", place, json={"on": False}))
    tested = held("post_test", program.post(f"{place}/test")).get_json()["delivery"]
    held("redeliver", program.post(f"{place}/deliveries/{tested['id']}/redeliver"))
    held("get_deliveries", program.get(f"{place}/deliveries"))
    held("delete_webhook", program.call("DELETE", place))
    victor.ask("When does it open?")
    spoken = f"{program.chatbot}/conversations/{victor.conversation_id}"
    held("get_conversations", program.get(f"{program.chatbot}/conversations"))
    held("get_conversation", program.get(spoken))
    said = {"author": "Anna", "text": "Come in!"}
    held("post_message", program.post(f"{spoken}/messages", said))
    said = held("get_messages", program.get(f"{spoken}/messages")).get_json()["messages"]
    held("get_message", program.get(f"{spoken}/messages/{said[-1]['id']}"))
    note = held("post_note", program.post(f"{spoken}/notes", {"text": "Ring him."})).get_json()
    held("get_notes", program.get(f"{spoken}/notes"))
    held("delete_note", program.call("DELETE", f"{spoken}/notes/{note['note']['id']}"))
    contact = {"name": "Victor", "email": "victor@example.org", "message": "Please ring."}
    victor.post(f"/conversations/{victor.conversation_id}/contact", json=contact)
    left = held("get_contacts", program.get("/contacts")).get_json()["contacts"][0]["id"]
    held("get_contact", program.get(f"/contacts/{left}"))
    held("patch_contact", program.call("PATCH", f"/contacts/{left}", json={"done": True}))
    held("get_insights", program.get("/insights"))
    held("get_chatbot_insights", program.get(f"{program.chatbot}/insights?range=7d"))
    tag = held("post_tag", program.post("/tags", {"name": "Dogs"})).get_json()["tag"]["id"]
    held("get_tags", program.get("/tags"))
    held("put_tag", program.call("PUT", f"/tags/{tag}", json={"name": "Pets", "colour": "teal"}))
    held("patch_conversation", program.call("PATCH", spoken, json={"tags": [tag]}))
    held("get_export", program.get(f"{program.chatbot}/conversations/export?format=jsonl"))
    held("delete_tag", program.call("DELETE", f"/tags/{tag}"))
    held("delete_conversation", program.call("DELETE", spoken))
    held("delete_chatbot", program.call("DELETE", at))

    told = {rule.endpoint for rule in house.url_map.iter_rules()}
    assert {f"owner.{name}" for name in heard} == {
        endpoint for endpoint in told if endpoint.startswith("owner.")
    }
