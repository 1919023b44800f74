"""The kinds of typed answers, chosen as the compiler chooses them."""

from __future__ import annotations

from typing import Any

from n3gen.templates.runtime.answers.answers import Typed
from n3gen.templates.runtime.answers.forms import AnswerForm
from n3gen.templates.runtime.answers.typed import adapter
from n3gen.templates.runtime.answers.typed_values import TypedValue, ValueForm

__all__ = ["takes_text", "typed_of"]


def typed_of(type_: Any) -> Typed:
    """The type of an answer: an object, or a value that is wrapped in one."""
    schema = adapter(type_).json_schema()
    is_object = schema.get("type") == "object" or "$ref" in schema
    return Typed(type_) if is_object else TypedValue(type_)


def takes_text(form: AnswerForm) -> bool:
    """Whether any text at all is a value of the type."""
    return isinstance(form, ValueForm) and form.takes_text
