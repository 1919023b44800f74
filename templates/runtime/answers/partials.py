"""What can be read of an answer while it is streamed."""

from __future__ import annotations

import re
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from ..run.inputs import is_dict, is_list
from .forms import AnswerForm
from .found_json import JSON_OPENER, answer_start
from .typed import adapter

__all__ = ["PartialReader"]

UNCERTAIN: Any = object()
"""The value of which nothing is known yet."""

OPEN_NUMBER = re.compile(r"(?<=[:,\[\s])[-+.\deE]++\Z")
"""What may be half a number at the end of an answer."""


class PartialReader:
    """Reads the beginning of an answer in strict JSON, as plain data.

    Fields and items are there once they fit their types, texts as far as they have
    come. The answer is read again only when it has grown by a sixteenth, so that all
    readings together take linear time.
    """

    def __init__(self, form: AnswerForm) -> None:
        self._form = form
        self._pieces: list[str] = []
        self._size = 0
        self._due = 1
        self._last: Any = None

    def feed(self, text: str) -> Any:
        """Read on; `None` where nothing new is certain."""
        self._pieces.append(text)
        self._size += len(text)
        if self._size < self._due:
            return None
        self._due = self._size + max(1, self._size // 16)
        self._pieces = ["".join(self._pieces)]
        value = self._read(self._pieces[0])
        if value is UNCERTAIN or value in ("", [], {}, None, self._last):
            return None
        self._last = value
        return value

    def _read(self, answer: str) -> Any:
        start = answer_start(answer)
        opener = None if start is None else JSON_OPENER.search(answer, start)
        if opener is None:
            return UNCERTAIN
        text = OPEN_NUMBER.sub("", answer[opener.start() :])
        try:
            data: Any = from_json(text, allow_partial="trailing-strings")
        except (ValueError, TypeError):  # half a character cannot be encoded
            return UNCERTAIN
        return certain_part(self._form.unwrapped(data), self._form.type_)


def certain_part(value: Any, type_: Any) -> Any:
    """The part of a value that fits its type, as plain data; `UNCERTAIN` if none does."""
    check = adapter(type_)
    try:
        fitting = check.validate_python(value)
        return check.dump_python(fitting, mode="json", exclude_unset=True)
    except ValidationError:
        pass
    origin, arguments = get_origin(type_) or type_, get_args(type_)
    if origin in (Union, UnionType):
        parts = [certain_part(value, arm) for arm in arguments]
        return next((part for part in parts if part is not UNCERTAIN), UNCERTAIN)
    if is_list(value) and origin is list:
        items = [certain_part(item, (*arguments, Any)[0]) for item in value]
        return items[: next((i for i, p in enumerate(items) if p is UNCERTAIN), None)]
    if is_dict(value) and isinstance(origin, type) and issubclass(origin, BaseModel):
        fields = {
            key: certain_part(value[key], field.annotation)
            for name, field in origin.model_fields.items()
            if (key := field.serialization_alias or name) in value
        }
        return {name: part for name, part in fields.items() if part is not UNCERTAIN}
    if is_dict(value) and origin is dict:
        type_of_value = (*arguments, Any, Any)[1]
        entries = {key: certain_part(p, type_of_value) for key, p in value.items()}
        return {key: part for key, part in entries.items() if part is not UNCERTAIN}
    return UNCERTAIN
