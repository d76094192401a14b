"""What an owner sets holds for the very next question, whichever process takes it."""

from cast import Owner, Visitor
from flask import Flask
from sqlalchemy import update

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Organization


def test_it_heeds_at_once_what_was_set_elsewhere(
    app: Flask, alice: Owner, bob: Owner, victor: Visitor
) -> None:
    def elsewhere(table: type[Chatbot | Organization], row: object, **values: object) -> None:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(update(table).where(table.id == row).values(**values))

    assert victor.ask("When do you open?").names[-1] == "done"
    elsewhere(Chatbot, bob.chatbot_id, name="Crumbs")
    elsewhere(Chatbot, alice.chatbot_id, max_message_chars=10)
    assert victor.send("Far too long?").status_code == 422

    elsewhere(Chatbot, alice.chatbot_id, max_message_chars=None)
    assert victor.ask("Is it short now?").names[-1] == "done"
    elsewhere(Organization, alice.organization_id, questions_per_day=0)
    assert victor.send("One more?").status_code == 429
