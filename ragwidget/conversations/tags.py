"""An organization's tags: words with colours that its conversations are sorted by."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from ragwidget.errors import InvalidInput, TagNotFound
from ragwidget.extensions import db
from ragwidget.models import COLOURS, Tag, new_id

MOST = 100
MOST_NAME_CHARS = 40


def of_organization(organization_id: UUID) -> list[Tag]:
    """Return the tags there are, in the order of their names."""
    found = db.session.scalars(select(Tag).filter_by(organization_id=organization_id))
    return sorted(found, key=lambda tag: tag.name.casefold())


def find(organization_id: UUID, tag_id: UUID) -> Tag:
    """Return a tag of an organization, or refuse."""
    found = db.session.scalar(select(Tag).filter_by(organization_id=organization_id, id=tag_id))
    if found is None:
        raise TagNotFound
    return found


def create(organization_id: UUID, name: str, colour: str, id: UUID | None = None) -> Tag:
    """Make a tag, in the caller's commit, or refuse: each has a name of its own."""
    there = select(func.count()).select_from(Tag).filter_by(organization_id=organization_id)
    if db.session.scalars(there).one() >= MOST:
        raise InvalidInput(f"name: there can be {MOST} tags. Delete one first.", field="name")
    return _save(Tag(id=id or new_id(), organization_id=organization_id), name, colour)


def change(tag: Tag, name: str, colour: str) -> Tag:
    """Give a tag another name and colour, in the caller's commit."""
    return _save(tag, name, colour)


def remove(tag: Tag) -> None:
    """Delete a tag, in the caller's commit. Conversations that have its id don't show it."""
    db.session.execute(delete(Tag).where(Tag.id == tag.id))


def _save(tag: Tag, name: str, colour: str) -> Tag:
    name = " ".join(name.split())
    if not 1 <= len(name) <= MOST_NAME_CHARS:
        raise InvalidInput(f"name: it has 1 to {MOST_NAME_CHARS} characters.", field="name")
    if colour not in COLOURS:
        raise InvalidInput(f"colour: it is one of {', '.join(COLOURS)}.", field="colour")
    try:
        with db.session.begin_nested():
            tag.name, tag.colour = name, colour
            db.session.add(tag)
    except IntegrityError as taken:
        raise InvalidInput("name: there is a tag of this name already.", field="name") from taken
    return tag
