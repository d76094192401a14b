"""An organization's tags, for programs that sort conversations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue

from ragwidget import audit
from ragwidget.conversations import tags
from ragwidget.errors import TagNotFound
from ragwidget.extensions import db
from ragwidget.tenancy import Keyholder
from ragwidget.web.owner import repeating
from ragwidget.web.owner.contracts import of_conversations
from ragwidget.web.owner.door import OnlyOne, bp, holder, read_body
from ragwidget.web.owner.etags import tagged
from ragwidget.web.owner.replies.tags import TagReply, Tags
from ragwidget.web.owner.schemas import TagGiven
from ragwidget.web.owner.spelling import spell_tag

ONE = "/tags/<uuid:tag_id>"


@bp.get("/tags")
@of_conversations(answers=Tags, cached=True)
def get_tags() -> ResponseReturnValue:
    """Return the tags that conversations are sorted by."""
    who = holder("conversations:read")
    return tagged(tags=[spell_tag(tag) for tag in tags.of_organization(who.organization_id)])


@bp.post("/tags")
@of_conversations(takes=TagGiven, answers=TagReply, status=201, refusals=(OnlyOne,))
def post_tag() -> ResponseReturnValue:
    """Make a tag, for the conversations of all chatbots."""
    who, body = _holder(), read_body(TagGiven)

    def made(tag_id: UUID) -> dict[str, Any]:
        tag = tags.create(who.organization_id, body.name, body.colour, tag_id)
        audit.note(who, "tag.made", tag.name)
        db.session.commit()
        return {"tag": spell_tag(tag)}

    return repeating.make(
        who, made, lambda id: {"tag": spell_tag(tags.find(who.organization_id, id))}
    )


@bp.put(ONE)
@of_conversations(takes=TagGiven, answers=TagReply, refusals=(OnlyOne, TagNotFound))
def put_tag(tag_id: UUID) -> ResponseReturnValue:
    """Give a tag another name and colour."""
    who, body = _holder(), read_body(TagGiven)
    tag = tags.change(tags.find(who.organization_id, tag_id), body.name, body.colour)
    audit.note(who, "tag.changed", tag.name)
    db.session.commit()
    return jsonify(tag=spell_tag(tag))


@bp.delete(ONE)
@of_conversations(status=204, refusals=(OnlyOne, TagNotFound))
def delete_tag(tag_id: UUID) -> ResponseReturnValue:
    """Delete a tag: conversations have it no more."""
    who = _holder()
    tag = tags.find(who.organization_id, tag_id)
    audit.note(who, "tag.deleted", tag.name)
    tags.remove(tag)
    db.session.commit()
    return "", 204


def _holder() -> Keyholder:
    """Return whose key it is, which must be for the whole organization: so are tags."""
    who = holder("conversations:write")
    if who.chatbot_id is not None:
        raise OnlyOne
    return who
