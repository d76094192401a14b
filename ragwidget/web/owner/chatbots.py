"""The organization's chatbots, as programs set them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue

from ragwidget import audit, chatbots, gemini_keys, jobs, tenancy
from ragwidget.chatbots import NoKey
from ragwidget.errors import ChatbotNotFound
from ragwidget.extensions import this_app
from ragwidget.web.origins import UnusableOrigin
from ragwidget.web.owner import repeating
from ragwidget.web.owner.contracts import of_chatbots
from ragwidget.web.owner.door import OnlyOne, bp, holder, page_of, read_body, read_query
from ragwidget.web.owner.etags import require_match, tagged
from ragwidget.web.owner.queries import PageWanted
from ragwidget.web.owner.replies.chatbots import ChatbotReply, Chatbots
from ragwidget.web.owner.settings import ChatbotChange, NewChatbot, columns_of, spell_chatbot


@bp.get("/chatbots")
@of_chatbots(query=PageWanted, answers=Chatbots, cached=True)
def get_chatbots() -> ResponseReturnValue:
    """Return the chatbots, oldest first."""
    who, asked = holder("chatbots:read"), read_query(PageWanted)
    rows, behind = page_of(
        tenancy.chatbots(who, after=asked.after, limit=asked.limit + 1), asked.limit
    )
    return tagged(chatbots=[spell_chatbot(row) for row in rows], next=behind)


@bp.post("/chatbots")
@of_chatbots(
    takes=NewChatbot, answers=ChatbotReply, status=201, refusals=(NoKey, OnlyOne, UnusableOrigin)
)
def post_chatbot() -> ResponseReturnValue:
    """Make a chatbot: it has read nothing, and may be used nowhere but where `origins` says."""
    who, body = holder("chatbots:write"), read_body(NewChatbot)
    if who.chatbot_id is not None:
        raise OnlyOne
    app = this_app()
    usable = gemini_keys.standing(app, who.organization_id).usable
    if body.engine == "gemini" and not usable:
        raise NoKey
    engine = body.engine if "engine" in body.model_fields_set else "gemini" if usable else "local"
    columns = columns_of(body, None)

    def made(chatbot_id: UUID) -> dict[str, Any]:
        audit.note(who, "chatbot.created", body.name, chatbot_id, engine=engine)
        made = chatbots.create(who.organization_id, id=chatbot_id, engine=engine, **columns)
        return {"chatbot": spell_chatbot(made)}

    return repeating.make(
        who, made, lambda id: {"chatbot": spell_chatbot(tenancy.chatbot(who, id))}
    )


@bp.get("/chatbots/<uuid:chatbot_id>")
@of_chatbots(answers=ChatbotReply, cached=True, refusals=(ChatbotNotFound,))
def get_chatbot(chatbot_id: UUID) -> ResponseReturnValue:
    """Return one chatbot with its settings."""
    return tagged(chatbot=spell_chatbot(tenancy.chatbot(holder("chatbots:read"), chatbot_id)))


@bp.patch("/chatbots/<uuid:chatbot_id>")
@of_chatbots(
    takes=ChatbotChange,
    answers=ChatbotReply,
    guarded=True,
    refusals=(ChatbotNotFound, NoKey, UnusableOrigin),
)
def patch_chatbot(chatbot_id: UUID) -> ResponseReturnValue:
    """Change some of a chatbot's settings."""
    who, body = holder("chatbots:write"), read_body(ChatbotChange)
    chatbot = chatbots.locked(tenancy.chatbot(who, chatbot_id))
    require_match(chatbot=spell_chatbot(chatbot))
    columns = columns_of(body, chatbot)
    wanted = body.engine if "engine" in body.model_fields_set else None
    audit.note(
        who, "chatbot.changed", chatbot.name, chatbot.id, fields=sorted(body.model_fields_set)
    )
    if wanted and wanted != (chatbot.next_engine or chatbot.engine):
        chatbots.note(chatbot, None, {"engine": wanted}, who.name)
        chatbots.change_engine(chatbot, wanted)
    chatbots.change(chatbot, program=who.name, **columns)
    return tagged(chatbot=spell_chatbot(chatbot))


@bp.delete("/chatbots/<uuid:chatbot_id>")
@of_chatbots(status=204, guarded=True, refusals=(ChatbotNotFound,))
def delete_chatbot(chatbot_id: UUID) -> ResponseReturnValue:
    """Delete a chatbot with everything that it read and said."""
    who = holder("chatbots:write")
    chatbot = chatbots.locked(tenancy.chatbot(who, chatbot_id))
    require_match(chatbot=spell_chatbot(chatbot))
    audit.note(who, "chatbot.deleted", chatbot.name, chatbot.id)
    chatbots.remove(chatbot)
    jobs.end_chatbot_soon(chatbot_id)
    return "", 204
