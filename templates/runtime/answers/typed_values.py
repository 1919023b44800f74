"""Answers with values of types that are no objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model

from ..models.models import AnswerSchema
from ..run.inputs import is_dict
from .answers import Typed, invalid_answer
from .forms import AnswerForm, without_docstrings
from .found_json import ANSWER_LEAD
from .loose_json import JSON_WORDS, read_json_piece
from .typed import Misfit, adapter, faults_of

__all__ = ["TypedValue"]

WRAPPED_ANSWER = re.compile(r"""\s*+\{\s*+["']?value["']?\s*+:""")

ANY_TEXT = "Any text at all."

ORNAMENTS = " \t\r\n\"'`*_\u2018\u2019\u201c\u201d\ufeff"
"""What may surround an answer of one word."""


class TypedValue(Typed):
    """The type of an answer that is no object: it is wrapped in `{"value": ...}`.

    It is read with or without that object, also as a bare word. A type that takes any
    text takes the whole answer, unless all of it is JSON.
    """

    @property
    def form(self) -> ValueForm:
        """How values of the type are asked for and read."""
        return value_form(self.type_)

    def parse_rest(
        self, text: str, fault: ValidationError | Misfit, asked: str, levels: int
    ) -> Any:
        """The value in an answer that is not strict JSON of the type."""
        if self.form.takes_text:
            return parse_text(self.form, text)
        return super().parse_rest(text, fault, asked, levels)

    def words(self, text: str) -> Iterator[str]:
        """An answer of one word or number as JSON, from strict to loose."""
        fenced = text.split("```")[-2:-1]
        for body in (text, *(part.partition("\n")[2] for part in fenced)):
            bare = body.lstrip(ORNAMENTS).rstrip(f"{ORNAMENTS}.")
            for word in (body.strip(), bare):
                yield json.dumps(word)
            if bare.lower() in JSON_WORDS:
                yield JSON_WORDS[bare.lower()]


@dataclass(frozen=True)
class ValueForm(AnswerForm):
    """How values of a type that is no object are asked for and read.

    `wrapper` reads `{"value": ...}`. A type that `takes_text` has any text at all as a
    value.
    """

    wrapper: TypeAdapter[Any]
    takes_text: bool

    def is_wrapped(self, answer: str) -> bool:
        """Whether an answer, maybe of loose JSON, has its value in `{"value": ...}`."""
        return bool(WRAPPED_ANSWER.match(answer))

    def validated(self, answer: str) -> Any:
        """The value in strict JSON, with or without the object around it."""
        plain = adapter(self.type_)
        if not self.is_wrapped(answer):
            return plain.validate_json(answer)
        try:
            return self.wrapper.validate_json(answer).value
        except ValidationError:
            with suppress(ValidationError):
                return plain.validate_json(answer)
            raise

    def unwrapped(self, data: Any) -> Any:
        """The value in the data of an answer."""
        is_wrapped = is_dict(data) and data.keys() == {"value"}
        return data["value"] if is_wrapped else data


@cache
def value_form(type_: Any) -> ValueForm:
    """The form of a type that is no object; made once a type."""
    strict = ConfigDict(extra="forbid")
    value_type = NoneType if type_ is None else type_
    model = create_model("ModelAnswer", __config__=strict, value=(value_type, ...))
    takes_text = False
    with suppress(ValidationError):
        takes_text = adapter(type_).validate_python(ANY_TEXT) == ANY_TEXT
    asked = AnswerSchema("answer", without_docstrings(model.model_json_schema()))
    return ValueForm(type_, asked, TypeAdapter(model), takes_text)


def parse_text(form: ValueForm, text: str) -> Any:
    """The value of a type that takes any text: that in the JSON, or all of the text."""
    lead = ANSWER_LEAD.match(text)
    start = lead.end() if lead else 0
    is_wrapped = form.is_wrapped(text[start:])
    if text[start : start + 1] in ("[", "{"):
        piece = read_json_piece(text, start)
        if is_wrapped and piece.outcome != "whole":
            raise invalid_answer("its JSON is broken or cut off")
        if is_wrapped or not text[piece.end :].strip("`~ \t\r\n"):
            try:
                return form.read(piece.json)
            except (ValidationError, Misfit) as error:
                if is_wrapped:
                    raise invalid_answer(*faults_of(error)) from error
    return form.read(json.dumps(text.strip(" \t\r\n\ufeff")))
