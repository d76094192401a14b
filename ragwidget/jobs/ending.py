"""Deleting what an organization or a chatbot had, to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from flask import current_app

from ragwidget import chatbots, members
from ragwidget.database import REST, patient
from ragwidget.jobs.queue import tell
from ragwidget.library import Originals


def end_organization_soon(organization_id: UUID) -> None:
    """Have a worker delete what an organization had."""
    tell("end_organization", organization_id)


def end_chatbot_soon(chatbot_id: UUID) -> None:
    """Have a worker delete what a chatbot had."""
    tell("end_chatbot", chatbot_id)


def end_organization(organization_id: str) -> None:
    """Go on with deleting an organization, to its end."""
    _to_the_end(members.ending.go_on, UUID(organization_id))


def end_chatbot(chatbot_id: str) -> None:
    """Go on with deleting a chatbot, to its end."""
    _to_the_end(chatbots.ending.go_on, UUID(chatbot_id))


def tell_of_ending() -> None:
    """Have a worker go on with what is being deleted."""
    for organization_id in members.ending.due():
        end_organization_soon(organization_id)
    for chatbot_id in chatbots.ending.due():
        end_chatbot_soon(chatbot_id)


def end_now() -> None:
    """Delete everything that is being deleted, here and now."""
    for organization_id in members.ending.due():
        end_organization(str(organization_id))
    for chatbot_id in chatbots.ending.due():
        end_chatbot(str(chatbot_id))


@patient()
def _to_the_end(go_on: Callable[[UUID, Originals], bool], id: UUID) -> None:
    originals: Originals = current_app.extensions["originals"]
    while go_on(id, originals):
        time.sleep(REST)
