"""The values of types that models answer with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from ..models.models import AnswerSchema
from ..recovery.failures import ModelError
from ..run.inputs import is_dict
from .forms import AnswerForm, UnknownKeys, answer_form
from .found_json import ANSWER_LEAD, answer_start, find_json
from .loose_json import JSON_WORDS, read_piece
from .partials import PartialReader
from .typed import adapter, faults_of

__all__ = ["Typed"]

MOST_CANDIDATES = 8
"""How many pieces of an answer are tried."""

ORNAMENTS = " \t\r\n\"'`*_\u2018\u2019\u201c\u201d\ufeff"
"""What may surround an answer of one word."""


class Typed:
    """The type of a model's answer.

    It costs nothing to make: what is derived from the type is kept by type.
    """

    def __init__(self, type_: Any) -> None:
        self.type_ = type_

    def schema(self) -> AnswerSchema:
        """The JSON schema of the answer, an object.

        A type that is no object is wrapped in `{"value": ...}`.
        """
        return answer_form(self.type_).schema

    def parse(self, text: str, asked: str = "", *, is_cut: bool = False) -> Any:
        """The value in an answer, with or without the object around it.

        Strict JSON is read at once, anything else leniently: out of code fences and
        prose, with the slips that `read_piece` accepts, as text in JSON, or as a bare
        word. Of several pieces of JSON the last that fits wins, as those before it are
        drafts; one that is quoted from `asked`, what the model was asked, wins over
        none. Nothing is guessed: an answer that was cut off is invalid. A type that
        takes any text takes the whole answer, unless all of it is JSON.

        Raises:
            ModelError: of kind `invalid_output`, with all that does not fit.
        """
        return parse_answer(answer_form(self.type_), text, asked, is_cut=is_cut)

    def fault_prompt(self, error: ModelError) -> str:
        """The words with which a model is asked again after `parse` has raised."""
        fault = str(error)
        return f"{fault[:1].upper()}{fault[1:]}\nAnswer again with JSON only."

    def partials(self) -> PartialReader:
        """A reader for an answer that is streamed."""
        return PartialReader(answer_form(self.type_))


def parse_answer(
    form: AnswerForm,
    answer: str,
    asked: str = "",
    levels: int = 2,
    *,
    is_cut: bool = False,
) -> Any:
    """Parse an answer, see `Typed.parse`; JSON may be text in JSON, `levels` deep."""
    try:
        return form.read(answer)
    except (ValidationError, UnknownKeys) as error:
        fault = error
    if is_cut:
        raise invalid_answer("it was cut off at the limit of tokens")
    text = join_surrogates(answer)
    start = answer_start(text)
    if start is None:
        raise invalid_answer("it ends in the middle of its thoughts")
    text = text[start:]
    if form.takes_text:
        return parse_text(form, text)
    if is_json(fault):
        values, reason = [answer], ""
    else:
        values, reason, ends_early = find_json(text)
        if ends_early:
            raise invalid_answer(reason)
    faults: list[str] = []
    last_first = values[: -MOST_CANDIDATES - 1 : -1]
    for value in sorted(last_first, key=lambda value: value == "{}" or value in asked):
        try:
            return read_value(form, value, asked, levels)
        except (ValidationError, UnknownKeys) as error:
            faults = faults or told_faults(error)
    faults += [reason] if reason else []
    for word in bare_words(text) if form.wrapper is not None else ():
        try:
            return form.read(word)
        except ValidationError as error:
            faults = faults or told_faults(error)
    raise invalid_answer(*(faults or ["there is no JSON in it"]))


def read_value(form: AnswerForm, value: str, asked: str, levels: int) -> Any:
    """The value in strict JSON, or in the text that it holds alone or as its `value`."""
    try:
        return form.read(value)
    except (ValidationError, UnknownKeys):
        data = adapter(Any).validate_json(value) if levels else None
        inner = data["value"] if is_dict(data) and data.keys() == {"value"} else data
        if isinstance(inner, str):
            with suppress(ModelError):
                return parse_answer(form, inner, asked, levels - 1)
        raise


def parse_text(form: AnswerForm, text: str) -> Any:
    """The value of a type that takes any text: that in the JSON, or all of the text."""
    lead = ANSWER_LEAD.match(text)
    start = lead.end() if lead else 0
    is_wrapped = form.is_wrapped(text[start:])
    if text[start : start + 1] in ("[", "{"):
        piece = read_piece(text, start)
        if is_wrapped and piece.outcome != "whole":
            raise invalid_answer("its JSON is broken or cut off")
        if is_wrapped or not text[piece.end :].strip("`~ \t\r\n"):
            try:
                return form.read(piece.json)
            except ValidationError as error:
                if is_wrapped:
                    raise invalid_answer(*faults_of(error)) from error
    return form.read(json.dumps(text.strip(" \t\r\n\ufeff")))


def bare_words(text: str) -> Iterator[str]:
    """An answer of one word or number as JSON, from strict to loose."""
    fenced = text.split("```")[-2:-1]
    for body in (text, *(part.partition("\n")[2] for part in fenced)):
        bare = body.lstrip(ORNAMENTS).rstrip(f"{ORNAMENTS}.")
        for word in (body.strip(), bare):
            yield json.dumps(word)
        if bare.lower() in JSON_WORDS:
            yield JSON_WORDS[bare.lower()]


def is_json(error: ValidationError | UnknownKeys) -> bool:
    """Whether what does not fit is JSON at all."""
    if isinstance(error, UnknownKeys) or error.error_count() > 1:
        return True
    return error.errors()[0]["type"] not in ("json_invalid", "string_unicode")


def told_faults(error: ValidationError | UnknownKeys) -> list[str]:
    """What does not fit, each with its path."""
    return [str(error)] if isinstance(error, UnknownKeys) else faults_of(error)


def invalid_answer(*faults: str) -> ModelError:
    """The error for an answer that is not of its type."""
    listed = "".join(f"\n- {fault}" for fault in faults)
    return ModelError(f"the answer does not fit:{listed}", "invalid_output")


def join_surrogates(text: str) -> str:
    """The text with halves of characters joined, or replaced where one is alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
