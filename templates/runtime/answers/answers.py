"""Takes types and the texts that models answer; hands on values of those types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from ..models.models import AnswerSchema
from ..recovery.failures import ModelError
from ..run.inputs import is_dict
from .forms import AnswerForm, answer_form
from .found_json import (
    ANSWER_LEAD,
    FoundJson,
    answer_start,
    fenced_parts,
    find_json,
)
from .loose_json import JSON_WORDS, LooseJson
from .partials import PartialReader
from .typed import adapter, faults_of

__all__ = ["Typed"]

MOST_CANDIDATES = 8
"""How many pieces of an answer are tried."""

ORNAMENTS = " \t\r\n\"'`*_\u2018\u2019\u201c\u201d\ufeff"
"""What may stand around an answer of one word."""


class Typed:
    """The type that a model's answer is to be of.

    It costs nothing to make: what is derived from the type is kept by type.
    """

    def __init__(self, type_: Any) -> None:
        self.type_ = type_

    def schema(self) -> AnswerSchema:
        """The JSON schema of the answer, an object.

        A type that is no object stands in it as `{"value": ...}`.
        """
        return answer_form(self.type_).schema

    def parse(self, text: str) -> Any:
        """The value in an answer, with or without the object around it.

        Strict JSON is read at once, anything else leniently: out of code fences and
        prose, with the slips of `LooseJson`, as text in JSON, or as a bare word. Of
        several pieces of JSON the first that fits is taken, those of the last fence
        before others and large ones before small ones. Nothing is guessed: an answer
        that is cut off is invalid. A type that takes any text takes the whole answer,
        unless all of it is JSON.

        Raises:
            ModelError: of kind `invalid_output`, with all that does not fit.
        """
        return parse_answer(answer_form(self.type_), text)

    def fault_prompt(self, error: ModelError) -> str:
        """The words with which a model is asked again after `parse` has raised."""
        fault = str(error)
        return f"{fault[:1].upper()}{fault[1:]}\nAnswer again with JSON only."

    def partials(self) -> PartialReader:
        """What reads an answer while it comes."""
        return PartialReader(answer_form(self.type_))

    def partial(self, text: str) -> Any:
        """What is certain of an answer that begins with `text`; see `PartialReader`."""
        return self.partials().feed(text)


def parse_answer(form: AnswerForm, answer: str, levels: int = 2) -> Any:
    """The value in an answer; see `Typed.parse`.

    JSON may stand as text in JSON, `levels` deep.
    """
    try:
        return form.read(answer)
    except ValidationError as error:
        fault = error
    text = join_surrogates(answer)
    start = answer_start(text)
    if start is None:
        raise invalid_answer("it ends in the middle of its thoughts")
    text = text[start:]
    if form.takes_text:
        return parse_text(form, text)
    found = FoundJson([answer]) if is_json(fault) else find_json(text)
    if found.is_cut:
        raise invalid_answer(found.fault)
    return parse_found(form, text, found, levels)


def parse_found(form: AnswerForm, text: str, found: FoundJson, levels: int) -> Any:
    """The value in the first piece of JSON that fits, or in a bare word."""
    faults: list[str] = []
    for candidate in found.values[:MOST_CANDIDATES]:
        try:
            return form.read(candidate)
        except ValidationError as error:
            faults = faults or faults_of(error)
        inner = text_in_json(candidate) if levels else None
        if inner is not None:
            with suppress(ModelError):
                return parse_answer(form, inner, levels - 1)
    faults += [found.fault] if found.fault else []
    for word in bare_words(text) if form.wrapper is not None else ():
        try:
            return form.read(word)
        except ValidationError as error:
            faults = faults or faults_of(error)
    raise invalid_answer(*(faults or ["there is no JSON in it"]))


def parse_text(form: AnswerForm, text: str) -> Any:
    """The value of a type that takes any text: that in the JSON, or all of the text."""
    lead = ANSWER_LEAD.match(text)
    start = lead.end() if lead else 0
    if text[start : start + 1] in ("[", "{"):
        reader = LooseJson(start)
        outcome = reader.read(text)
        wrapped = form.is_wrapped(text[start:])
        is_all = not text[reader.position :].strip("`~ \t\r\n")
        if outcome == "whole" and (wrapped or is_all):
            try:
                return form.read(reader.json())
            except ValidationError as error:
                if wrapped:
                    raise invalid_answer(*faults_of(error)) from error
        elif wrapped:
            raise invalid_answer("its JSON is broken or cut off")
    try:
        return form.read(json.dumps(text.strip(" \t\r\n\ufeff")))
    except ValidationError as error:
        raise invalid_answer(*faults_of(error)) from error


def bare_words(text: str) -> Iterator[str]:
    """An answer of one word or number as JSON, from strict to loose."""
    fences = [text[start:end] for start, end in fenced_parts(text)]
    bodies = [fence.partition("\n")[2] for fence in fences[-MOST_CANDIDATES:]]
    for body in (text, *reversed(bodies)):
        bare = body.lstrip(ORNAMENTS).rstrip(f"{ORNAMENTS}.")
        for word in (body.strip(), bare):
            yield json.dumps(word)
        if bare.lower() in JSON_WORDS:
            yield JSON_WORDS[bare.lower()]


def text_in_json(answer: str) -> str | None:
    """The text that stands in JSON alone or as its `value`, which may be JSON again."""
    try:
        data = adapter(Any).validate_json(answer)
    except ValidationError:
        return None
    inner = data["value"] if is_dict(data) and data.keys() == {"value"} else data
    return inner if isinstance(inner, str) else None


def is_json(error: ValidationError) -> bool:
    """Whether what does not fit is JSON at all."""
    return error.error_count() > 1 or error.errors()[0]["type"] not in (
        "json_invalid",
        "string_unicode",
    )


def invalid_answer(*faults: str) -> ModelError:
    """The error for an answer that is not of its type."""
    listed = "".join(f"\n- {fault}" for fault in faults)
    return ModelError(f"the answer does not fit:{listed}", "invalid_output")


def join_surrogates(text: str) -> str:
    """The text with halves of characters joined, or replaced where one is alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
