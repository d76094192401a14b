"""Which language a chatbot speaks, and the words of its widget that an owner would rather have."""

from __future__ import annotations

import re
from typing import Any

from wtforms import SelectField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from ragwidget import languages
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.settings.captions import GROUPS
from ragwidget.web.dashboard.settings.subject import Subject, SubjectForm

PREFIX = "word-"
MOST_CHARS = 300
_GAP = re.compile(r"\{\w+\}")


def _language(label: str, description: str, usual: str) -> SelectField:
    spoken = [SelectChoice(*language) for language in languages.LANGUAGES.items()]
    return SelectField(
        label, description=description, choices=[SelectChoice("", usual), *spoken], default=""
    )


def _may_stand(form: Any, field: StringField) -> None:
    """Refuse a gap that nobody fills."""
    ours = form.usual(languages.DEFAULT)[field.name.removeprefix(PREFIX)]
    strange = sorted(set(_GAP.findall(field.data or "")) - set(_GAP.findall(ours)))
    if strange:
        raise ValidationError(f"Nothing is ever filled in for {', '.join(strange)} here.")


class LanguageForm(SubjectForm):
    """The languages; the words come to it below, a field for each."""

    locale = _language(
        "The widget speaks",
        "Its buttons and notices.",
        "The page’s own language, or the visitor’s",
    )
    answer_language = _language(
        "Answers are in",
        "Followed by engines that write their own sentences, such as Gemini; the embedded one "
        "quotes your sources as they are.",
        "The language of the question",
    )

    @classmethod
    def values(cls, chatbot: Chatbot) -> dict[str, Any]:
        """Return what the fields begin with."""
        own = {PREFIX + key: chatbot.strings.get(key, "") for key in KEYS}
        return {"locale": chatbot.locale, "answer_language": chatbot.answer_language, **own}

    def settings(self) -> dict[str, Any]:
        """Return what is to be kept."""
        own = {key: self[PREFIX + key].data for key in KEYS}
        return {
            "locale": self.locale.data,
            "answer_language": self.answer_language.data,
            "strings": {key: text for key, text in own.items() if text},
        }

    @property
    def language(self) -> str:
        """Return the language in which our own words are shown beside the owner's."""
        return languages.choose(self.locale.data)

    @staticmethod
    def usual(language: str) -> dict[str, str]:
        """Return our own words in a language."""
        return languages.more_words(language) | languages.words(language)


KEYS = {key: caption for words in GROUPS.values() for key, caption in words.items()}
WordsForm: Any = type(
    "WordsForm",
    (LanguageForm,),
    {
        PREFIX + key: StringField(caption, validators=[Length(max=MOST_CHARS), _may_stand])
        for key, caption in KEYS.items()
    },
)


def _facts(_chatbot: Chatbot, form: Any) -> dict[str, Any]:
    return {
        "groups": {title: [form[PREFIX + key] for key in words] for title, words in GROUPS.items()},
        "usual": {PREFIX + key: word for key, word in form.usual(form.language).items()},
        "language": form.language,
        "direction": languages.direction(form.language),
    }


subject = Subject("words", "Words & language", WordsForm, _facts)
bp = subject.blueprint("/words")
