"""What the forms of several pages share."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField


def tidy(text: str | None) -> str:
    """Return text as it can be stored: no NUL, one kind of line end, no blanks around it."""
    return (text or "").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()


class TidyForm(FlaskForm):
    """A form whose texts arrive tidied."""

    class Meta(FlaskForm.Meta):
        """How the fields of these forms come to be."""

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Bind a field; one for text tidies what it is given."""
            if issubclass(unbound_field.field_class, StringField | TextAreaField):
                filters = [tidy, *unbound_field.kwargs.get("filters", ())]
                return unbound_field.bind(form=form, **options, filters=filters)
            return unbound_field.bind(form=form, **options)
