"""What a chatbot is called, how it greets, and what it says when it can't answer."""

from __future__ import annotations

import re
from typing import Any

from wtforms import StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from ragwidget.models import Chatbot
from ragwidget.web.dashboard.settings.subject import Subject, SubjectForm

MOST_SUGGESTIONS = 6
LONGEST_SUGGESTION = 120
SPOKEN = ("refusal", "limit", "error")


def _sentence(label: str, description: str) -> TextAreaField:
    return TextAreaField(
        label,
        description=f"{description} Empty: the chatbot’s own words, in the visitor’s language.",
        validators=[Length(max=500)],
    )


class WelcomeForm(SubjectForm):
    """What a chatbot says by itself."""

    name = StringField(
        "Name",
        description="Visitors see it at the top of the chat.",
        validators=[DataRequired("Please give it a name."), Length(max=120)],
    )
    welcome = TextAreaField(
        "Welcome",
        description="The first thing that visitors read: what can it help with?",
        validators=[Length(max=1000)],
    )
    suggested_questions = TextAreaField(
        "Suggested questions",
        description="What is asked most, for whoever doesn’t know how to begin. One in a line, up "
        f"to {MOST_SUGGESTIONS}.",
    )
    refusal = _sentence("When the sources don’t say", "Tell them where else they can turn.")
    limit = _sentence("When somebody has asked too often", "They can ask again later.")
    error = _sentence("When an answer fails", "It is said once trying again didn’t help.")

    @classmethod
    def values(cls, chatbot: Chatbot) -> dict[str, Any]:
        """Return what the fields begin with."""
        return {
            "name": chatbot.name,
            "welcome": chatbot.welcome,
            "suggested_questions": "\n".join(chatbot.suggested_questions),
            **{name: chatbot.words.get(name, "") for name in SPOKEN},
        }

    def settings(self) -> dict[str, Any]:
        """Return what is to be kept."""
        return {
            "name": self.name.data,
            "welcome": self.welcome.data,
            "suggested_questions": lines_of(self.suggested_questions.data),
            "words": {name: self[name].data for name in SPOKEN if self[name].data},
        }

    def validate_suggested_questions(self, field: TextAreaField) -> None:
        """Refuse more questions than fit, and longer ones than can be read at a glance."""
        lines = lines_of(field.data)
        if len(lines) > MOST_SUGGESTIONS:
            raise ValidationError(f"These are {len(lines)}; {MOST_SUGGESTIONS} fit.")
        for line in lines:
            if len(line) > LONGEST_SUGGESTION:
                raise ValidationError(
                    f"“{line[:40]}…” has {len(line)} characters; {LONGEST_SUGGESTION} fit."
                )


def lines_of(text: str | None) -> list[str]:
    """Return the lines of a text that say something, each once.

    >>> lines_of("When do you  open?\\n\\nWhere?\\nWhere?")
    ['When do you open?', 'Where?']
    """
    lines = (re.sub(r"\s+", " ", line).strip() for line in (text or "").splitlines())
    return list(dict.fromkeys(line for line in lines if line))


subject = Subject("welcome", "Welcome", WelcomeForm)
bp = subject.blueprint("/welcome")
