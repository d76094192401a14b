"""What Flask lends us: made once and unbound here, joined to the app in `app.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, current_app
from flask_compress import Compress
from flask_limiter import Limiter
from flask_mailman import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from ragwidget.networks import counted_address

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The ground of every table; constraint names are the same on every database."""

    metadata = MetaData(naming_convention=NAMES)


# what was committed stays readable: values are taken from rows after their commit
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
if TYPE_CHECKING:
    Model = Base  # what Flask-SQLAlchemy makes of it is beyond a type checker
else:
    Model = db.Model
migrate = Migrate()
csrf = CSRFProtect()
mail = Mail()
compress = Compress()
limiter = Limiter(key_func=counted_address, headers_enabled=False)


def this_app() -> Flask:
    """Return the app of this moment itself, for what goes on when the moment is over."""
    return current_app._get_current_object()  # type: ignore[attr-defined]
