"""What the forms of several pages share."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import StopValidation

WORDS = {
    "Not a valid integer value.": "Write a whole number.",
    "Not a valid float value.": "Write a number, such as 0.4.",
    "Not a valid choice.": "Choose one of these.",
    "Field cannot be longer than %(max)d characters.": "It can have %(max)d characters at most.",
}


def tidy(text: str | None) -> str:
    """Return text as it can be stored: no NUL, one kind of line end, no blanks around it."""
    return (text or "").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()


class Wording:
    """Says what WTForms says in our words: to it, they are one more language."""

    def gettext(self, text: str) -> str:
        """Return our words for a sentence."""
        return WORDS.get(text, text)

    def ngettext(self, _singular: str, plural: str, _count: int) -> str:
        """Return our words for a sentence that counts."""
        return self.gettext(plural)


class TidyForm(FlaskForm):
    """A form whose texts arrive tidied, and which refuses in our words."""

    class Meta(FlaskForm.Meta):
        """How the fields of these forms come to be."""

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Bind a field; one for text tidies what it is given."""
            if issubclass(unbound_field.field_class, StringField | TextAreaField):
                filters = [tidy, *unbound_field.kwargs.get("filters", ())]
                return unbound_field.bind(form=form, **options, filters=filters)
            return unbound_field.bind(form=form, **options)

        def get_translations(self, _form: Any) -> Wording:
            """Let WTForms speak our language."""
            return Wording()


def readable(_form: Any, field: Field) -> None:
    """Stop at what could not be read, so that it is not refused for its size too."""
    if field.process_errors:
        raise StopValidation
