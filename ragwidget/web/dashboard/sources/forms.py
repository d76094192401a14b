"""What an owner can write for a chatbot to read."""

from __future__ import annotations

from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from ragwidget.web.dashboard.forms import TidyForm


class TextForm(TidyForm):
    """A text that an owner pastes."""

    title = StringField(
        "Title",
        description="Visitors see it under the answers that come from this text.",
        validators=[DataRequired("Please give the text a title."), Length(max=300)],
    )
    text = TextAreaField(
        "Text",
        description="Plain text or Markdown. Headings help the chatbot find its way.",
        validators=[DataRequired("There is no text yet.")],
    )


class PairForm(TidyForm):
    """A question with the answer that an owner wants to be given."""

    question = StringField(
        "Question",
        description="As a visitor would ask it.",
        validators=[DataRequired("Please write the question."), Length(max=1000)],
    )
    answer = TextAreaField(
        "Answer",
        description="Given word for word. Markdown is fine.",
        validators=[DataRequired("Please write the answer."), Length(max=20_000)],
    )
