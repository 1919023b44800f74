"""Takes an answer while it comes; hands on what of its value is certain already."""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ..run.inputs import is_dict, is_list
from .forms import AnswerForm
from .found_json import ANSWER_LEAD, JSON_OPENER, answer_start
from .loose_json import LooseJson
from .typed import adapter

__all__ = ["PartialReader"]

UNCERTAIN: Any = object()
"""Stands in place of a value of which nothing can be told yet."""


class PartialReader:
    """Reads the beginning of an answer: plain data that the rest will not take back.

    There are fields and items that are complete and of their types, text of type
    `str` as far as it has come, and lists and objects with what of them is there. A
    field that does not fit is left out. Lenient as `Typed.parse` is, it reads the
    first list or object that fits; after that one's end, it is all of the value.

    It may be fed token by token: it looks again only when the answer has grown by a
    sixteenth, so that all looks together take linear time.
    """

    def __init__(self, form: AnswerForm) -> None:
        self._form = form
        self._pieces: list[str] = []
        self._size = 0
        self._due = 1
        self._from: int = 0
        self._json: LooseJson | None = None
        self._last: Any = None

    def feed(self, text: str) -> Any:
        """What is certain, now that `text` has come too; `None` if nothing new is."""
        self._pieces.append(text)
        self._size += len(text)
        if self._size < self._due:
            return None
        self._due = self._size + max(1, self._size // 16)
        answer = "".join(self._pieces)
        self._pieces = [answer]
        value = self._look(answer)
        if value is UNCERTAIN or value is None or value == self._last:
            return None
        self._last = value
        return value

    def _look(self, answer: str) -> Any:
        start = answer_start(answer)
        if start is None:
            return UNCERTAIN
        if start > self._from:
            self._from, self._json = start, None
        while (reader := self._reader(answer, start)) is not None:
            outcome = reader.read(answer)
            if outcome == "cut":
                return self._part(reader, answer)
            value = self._whole(reader.json()) if outcome == "whole" else UNCERTAIN
            if value is not UNCERTAIN or (outcome == "broken" and reader.began):
                return value
            self._from, self._json = reader.position, None
        return UNCERTAIN

    def _reader(self, answer: str, start: int) -> LooseJson | None:
        """The reader of the list or object that is being read, or of the next one."""
        opener = None
        if self._json is None:
            opener = JSON_OPENER.search(answer, self._from)
        if opener is not None:
            lead = ANSWER_LEAD.match(answer, start)
            if not self._form.takes_text or (lead and lead.end() == opener.start()):
                self._json = LooseJson(opener.start())
        return self._json

    def _whole(self, answer: str) -> Any:
        try:
            value = self._form.read(answer)
        except ValidationError:
            return UNCERTAIN
        return adapter(self._form.type_).dump_python(value, mode="json")

    def _part(self, reader: LooseJson, answer: str) -> Any:
        text, grows = reader.json_so_far(answer)
        try:
            data = adapter(Any).validate_json(text)
        except ValidationError:
            return UNCERTAIN
        depth, wrapped = len(reader.open), self._form.is_wrapped(text)
        data = self._form.map_labels(data, wrapped=wrapped)
        if wrapped:
            data, depth = data["value"], depth - 1
        value = certain_part(data, self._form.type_, depth, grows)
        return UNCERTAIN if value in ("", [], {}) else value


def certain_part(value: Any, type_: Any, depth: int, grows: bool) -> Any:
    """What is certain of a value, as plain data; `UNCERTAIN` if nothing is.

    `depth` lists and objects are open: the value, its last part, the last of that.
    With `grows` the text at the end of this way is not complete.
    """
    if depth == 0 and not grows:
        return checked_part(value, type_)
    is_union = get_origin(type_) in (Union, UnionType)
    found: list[Any] = []
    for arm in get_args(type_) if is_union else (type_,):
        part = growing_part(value, arm, depth, grows)
        if part is not UNCERTAIN:
            found.append(part)
    return max(found, key=len, default=UNCERTAIN)


def checked_part(value: Any, type_: Any) -> Any:
    """A complete value as plain data, or `UNCERTAIN` where it is not of its type."""
    check = adapter(type_)
    try:
        return check.dump_python(check.validate_python(value), mode="json")
    except ValidationError:
        return UNCERTAIN


def growing_part(value: Any, type_: Any, depth: int, grows: bool) -> Any:
    """What is certain of a value that is not complete, of a type that is no union."""
    if type_ is Any or (depth == 0 and type_ is str):
        return value
    if depth == 0:
        return UNCERTAIN
    if is_dict(value):
        return growing_fields(value, type_, depth, grows)
    if is_list(value) and (get_origin(type_) or type_) is list:
        item_type = (*get_args(type_), Any)[0]
        return growing_items(value, item_type, depth, grows)
    return UNCERTAIN


def growing_items(items: list[Any], type_: Any, depth: int, grows: bool) -> Any:
    """The items up to the first of which nothing can be told."""
    found: list[Any] = []
    for index, item in enumerate(items, 1):
        rest = (depth - 1, grows) if index == len(items) else (0, False)
        part = certain_part(item, type_, *rest)
        if part is UNCERTAIN:
            break
        found.append(part)
    return found


def growing_fields(fields: dict[str, Any], type_: Any, depth: int, grows: bool) -> Any:
    """The fields of which something can be told; `UNCERTAIN` if the type has none."""
    origin, arguments = get_origin(type_) or type_, get_args(type_)
    if origin is dict:
        types = dict.fromkeys(fields, (*arguments, Any, Any)[1])
    elif isinstance(origin, type) and issubclass(origin, BaseModel):
        declared = origin.model_fields.items()
        types = {name: field.annotation for name, field in declared if name in fields}
    else:
        return UNCERTAIN
    last = next(reversed(fields), None)
    found: dict[str, Any] = {}
    for name, field_type in types.items():
        rest = (depth - 1, grows) if name == last else (0, False)
        part = certain_part(fields[name], field_type, *rest)
        if part is not UNCERTAIN:
            found[name] = part
    return found
