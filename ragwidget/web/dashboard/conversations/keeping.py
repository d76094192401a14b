"""What a team keeps with one conversation: its state, tags, notes, and answers worth a source."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ragwidget import audit, conversations, jobs, library, tenancy
from ragwidget.conversations import triage
from ragwidget.errors import InvalidInput, MessageNotFound, NoteNotFound, Refusal
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message
from ragwidget.web.dashboard.conversations import filtering
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.dashboard.conversations.listing import DONE
from ragwidget.web.dashboard.forms import tidy
from ragwidget.web.dashboard.sources.forms import PairForm

AWAY = ("unread", "archive")  # after these, somebody wants to see the list
SIZES = {"question": 1000, "answer": 20_000}


@bp.post("/<uuid:conversation_id>/change")
def change_one(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Mark a conversation, or put it away."""
    who = tenancy.member("editor")
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    wanted = triage.parse_change(request.form.get("change", ""))
    if wanted.name not in ("read", "unread", "handle", "reopen", "archive", "unarchive"):
        raise InvalidInput("change: this is done in the list.", field="change")
    triage.apply(chatbot_id, [conversation.id], wanted)
    what = {"change": str(wanted), "conversation": str(conversation_id)}
    audit.note(who, "conversations.changed", "", chatbot_id, **what)
    db.session.commit()
    flash(f"The conversation is {DONE[wanted.name]}.", "success")
    asked = filtering.asked(chatbot_id)
    return redirect(
        asked.address()
        if wanted.name in AWAY
        else asked.address("show", conversation_id=conversation_id),
        303,
    )


@bp.post("/<uuid:conversation_id>/tags")
def set_tags(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Give a conversation the tags that are ticked, and no other."""
    who = tenancy.member("editor")
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    there = {tag.id for tag in conversations.tags.of_organization(who.organization_id)}
    ticked = [tag for tag in request.form.getlist("tag", UUID) if tag in there]
    triage.set_tags(conversation, ticked)
    what = {"tags": [str(tag) for tag in ticked], "conversation": str(conversation_id)}
    audit.note(who, "conversations.changed", "", chatbot_id, **what)
    db.session.commit()
    return _back(chatbot_id, conversation_id)


@bp.post("/<uuid:conversation_id>/notes")
def add_note(chatbot_id: UUID, conversation_id: UUID) -> ResponseReturnValue:
    """Write a note for the team."""
    who = tenancy.member("editor")
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    try:
        text = tidy(request.form.get("text"))
        conversations.notes.add(conversation, who.user_id, who.email, text)
        audit.note(who, "conversation.noted", str(conversation_id), chatbot_id)
        db.session.commit()
    except InvalidInput as refusal:
        flash(f"The note was not kept: {refusal.message.partition(': ')[2]}", "error")
    return _back(chatbot_id, conversation_id, "notes")


@bp.post("/<uuid:conversation_id>/notes/<uuid:note_id>/delete")
def delete_note(chatbot_id: UUID, conversation_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Delete a note of one's own."""
    who = tenancy.member("editor")
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    try:
        notes = conversations.notes
        notes.remove(notes.find(conversation, note_id, who.user_id))
        audit.note(who, "conversation.note_deleted", str(conversation_id), chatbot_id)
        db.session.commit()
    except NoteNotFound:
        flash("This note is deleted already, or somebody else’s.", "info")
    return _back(chatbot_id, conversation_id, "notes")


@bp.get("/<uuid:conversation_id>/answers/<uuid:message_id>/pair")
def show_pair(chatbot_id: UUID, conversation_id: UUID, message_id: UUID) -> ResponseReturnValue:
    """Show a question with its answer, to be mended and kept as a source."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    question, answer = _turn(conversation, message_id)
    form = PairForm(
        formdata=None,
        question=(question.text if question else "")[: SIZES["question"]],
        answer=answer.text[: SIZES["answer"]],
    )
    return _pair_page(who, chatbot, conversation, answer, form)


@bp.post("/<uuid:conversation_id>/answers/<uuid:message_id>/pair")
def save_pair(chatbot_id: UUID, conversation_id: UUID, message_id: UUID) -> ResponseReturnValue:
    """Keep a question with its answer as a source."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    conversation = tenancy.conversation(who, chatbot_id, conversation_id)
    _, answer = _turn(conversation, message_id)
    form = PairForm()
    if not form.validate_on_submit():
        return _pair_page(who, chatbot, conversation, answer, form), 422
    try:
        most = current_app.config["MAX_SOURCES"]
        source = library.add_qa(chatbot, form.question.data, form.answer.data, most=most)
    except Refusal as refusal:
        flash(refusal.message, "error")
        return _pair_page(who, chatbot, conversation, answer, form), refusal.status
    conversations.keep_pair(answer.id, source.id)
    audit.note(who, "source.added", source.title, chatbot.id, kind="qa", message=str(message_id))
    db.session.commit()
    jobs.wake(source.id)
    flash("The pair is a source now; from here on it is answered word for word.", "success")
    return _back(chatbot_id, conversation_id, f"message-{message_id}", at=message_id)


def _turn(conversation: Conversation, message_id: UUID) -> tuple[Message | None, Message]:
    """Return an answer of a conversation and its question, or refuse."""
    answer = conversations.whole_message(message_id)
    if answer.conversation_id != conversation.id or answer.role != "chatbot":
        raise MessageNotFound
    return db.session.get(Message, answer.question_id), answer


def _pair_page(
    who: tenancy.Member,
    chatbot: Chatbot,
    conversation: Conversation,
    answer: Message,
    form: PairForm,
) -> str:
    return render_template(
        "dashboard/pair.html",
        who=who,
        chatbot=chatbot,
        conversation=conversation,
        answer=answer,
        form=form,
        asked=filtering.asked(chatbot.id),
    )


def _back(
    chatbot_id: UUID, conversation_id: UUID, anchor: str | None = None, **more: object
) -> ResponseReturnValue:
    asked = filtering.asked(chatbot_id)
    page = asked.address("show", conversation_id=conversation_id, _anchor=anchor, **more)
    return redirect(page, 303)
