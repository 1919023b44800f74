"""Reading the values of one document, with a diagnostic for each that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from n3gen.source import Loc
from n3gen.spec.cut_entries import cut_data, cut_entry, way_of_cut
from n3gen.spec.findings import Findings
from n3gen.spec.key_rules import ELSEWHERE
from n3gen.spec.key_shapes import Steps
from n3gen.spec.keys import Key, lacks_steps, meant_key, takes_nothing
from n3gen.spec.nodes import Node
from n3gen.spec.rules import (
    BadDuration,
    BadNumber,
    BadType,
    MissingKey,
    UnknownKey,
    WrongType,
)
from n3gen.spec.schema_types import way_of_type
from n3gen.spec.spilled_keys import spilled_line
from n3gen.spec.type_refs import TypeRef
from n3gen.spec.types import (
    FieldType,
    TypeFault,
    one_of,
    parse_field,
    parse_type,
)
from n3gen.spec.values import (
    Fault,
    data_faults,
    described,
    literal_words,
    seconds,
    shown,
    way_of_boolean,
)

__all__ = ["SPELLED", "Reader"]

N = TypeVar("N", bound=Node)

SPELLED: Final = {"with_": "with", "json_": "json", "streams": "stream"}
"""Fields of the model whose keys are spelled otherwise in the language."""

_WANTED: Final = {
    "string_type": "a text",
    "bool_type": "`true` or `false`",
    "int_type": "a whole number",
    "float_type": "a number",
    "dict_type": "a mapping",
    "tuple_type": "a list",
}
_STANDINS: Final[dict[str, Any]] = {
    "connection": "",
    "answer": "",
}
"""Values used for required ones that were rejected, so that the rest is still checked."""

_STANDIN: Final = "run.id"
"""An expression used for one that was rejected, of which no rule has anything to say."""


@dataclass
class Reader(Findings):
    """Read the values of one document and keep what is wrong with them."""

    def mapping(
        self, loc: Loc, data: Any, what: str, way_out: str | None = None
    ) -> dict[str, Any]:
        """`data`, or an empty mapping where it is none; nothing at all counts as empty.

        `way_out` is what a message says of anything else.
        """
        if isinstance(data, dict):
            return data
        if data is not None:
            self.misread.add(loc)
            label = self.document.label(loc)
            if way_out is None and isinstance(data, list):
                way_out = "write `name: value` for each"
            if what.startswith("type `"):
                way_out = (
                    "write a field per line below it, as `name: str`; a type such as "
                    "`one of [a, b]` stands where it is used"
                )
            given = described(data)
            self.report(WrongType.of(what, "a mapping", given, label, way_out))
        return {}

    def known(
        self, loc: Loc, data: Mapping[Any, Any], keys: Collection[Key], what: str
    ) -> dict[str, Any]:
        """The items of `data` whose keys `what` can have."""
        kept: dict[str, Any] = {}
        names = {known.name: known for known in keys}
        bare = next((key for key in keys if lacks_steps(key, data)), None)
        for key, value in data.items():
            if key == "steps" and bare is not None:
                self.slips.add((loc, bare.name))
                label = self.document.key_label((*loc, key))
                self.report(UnknownKey.beside(key, what, label, bare.name))
            elif key not in names:
                self.unknown_key(loc, data, key, keys, what)
            elif not self.lacks_value(loc, names[key], value):
                kept[key] = value
        return kept

    def lacks_value(self, loc: Loc, key: Key, value: Any) -> bool:
        """Whether nothing is behind a key at `loc` that needs a value; report it then."""
        if value is not None or takes_nothing(key.shape):
            return False
        label = self.document.key_label((*loc, key.name))
        written = self.document.label((*loc, key.name)).span
        if written.start < written.end and written != label.span:
            return False  # a `null` says that nothing is meant
        self.report(MissingKey.empty(key.name, key.shape.words, key.needed, label))
        self.slips.add((loc, key.name))
        return True

    def unknown_key(
        self, loc: Loc, data: Any, key: Any, keys: Collection[Key], what: str
    ) -> None:
        """Report a key that `what` does not have, and the one that was likely meant."""
        if line := spilled_line(self.document, loc, data, key, keys):
            self.report(line)
            return
        name = shown(key)
        label = self.document.key_label((*loc, key))
        if cut := cut_entry(self.document, loc, data, key):
            if cut.is_first:
                self.report(UnknownKey.hinted(name, what, label, way_of_cut(cut, keys)))
            return
        holder = next((known.name for known in keys if name in known.holds), None)
        if holder is not None:
            self.report(UnknownKey.below(name, what, label, holder))
            return
        is_meant = any(name in known.also for known in keys)
        if name in ELSEWHERE and not is_meant and any(map(_holds_steps, keys)):
            self.report(UnknownKey.elsewhere(name, what, label))
            return
        meant = meant_key(name, keys)
        if meant is not None:
            self.slips.add((loc, meant))
        else:
            self.misread.add(loc)
        lacking = [one.name for one in keys if one.needed and one.name not in data]
        names = [*lacking, *(one.name for one in keys if one.name not in lacking)]
        self.report(UnknownKey.of(name, what, label, meant, names))

    def duration(
        self, loc: Loc, values: dict[str, Any], key: str, *, zero: bool = False
    ) -> None:
        """Convert the duration under `key` to seconds; drop it where it is none."""
        if values.get(key) is None:
            values.pop(key, None)
            return
        try:
            values[key] = seconds(values[key], zero=zero)
        except Fault as fault:
            del values[key]
            label = self.document.label((*loc, key))
            self.report(BadDuration.of(key, fault.message, label, fault.way_out))

    def data(self, loc: Loc, values: dict[str, Any], *keys: str) -> None:
        """Drop what no JSON could contain."""
        for key in keys:
            faults = list(data_faults(values.get(key)))
            for inner, message in faults:
                label = self.document.label((*loc, key, *inner))
                self.report(BadNumber.of(message, label))
            if faults:
                del values[key]
            for cut in cut_data(self.document, (*loc, key), values.get(key)):
                self.report(cut)

    def type_of(self, loc: Loc, data: Any) -> TypeRef | None:
        """The type at `loc`, or `None` where it does not parse."""
        found = self._typed(loc, data, with_default=False)
        return found.type if found else None

    def field_type(self, loc: Loc, data: Any) -> FieldType | None:
        """The type and default at `loc`, or `None` where they do not parse."""
        return self._typed(loc, data, with_default=True)

    def _typed(self, loc: Loc, data: Any, *, with_default: bool) -> FieldType | None:
        try:
            if isinstance(data, str):
                return (
                    parse_field(data) if with_default else FieldType(parse_type(data))
                )
            if isinstance(data, dict) and list(data) == ["one of"]:
                choices = data["one of"]
                return FieldType(one_of(choices if isinstance(choices, list) else []))
        except TypeFault as fault:
            document = self.document
            label = document.label(loc)
            if isinstance(data, str) and fault.end:
                label = document.text_label(loc, fault.start, fault.end)
            self.report(BadType.of(fault.message, label, fault.way_out))
            return None
        if data is None:
            label = self.document.key_label(loc)
            self.report(MissingKey.empty(shown(loc[-1]), "a type", False, label))
            return None
        label = self.document.label(loc)
        given, way_out = described(data), way_of_type(data)
        self.report(WrongType.of("a type", "a text", given, label, way_out))
        return None

    def condition(self, loc: Loc, data: Any, key: str, what: str) -> str:
        """The expression under `key`; empty where there is none."""
        value, label = data.get(key), self.document.label((*loc, key))
        if value is None:
            self.missing(loc, key, what, "add an expression")
            return _STANDIN
        if value == "":
            needed = key not in ("when", "until")
            self.report(MissingKey.empty(key, "an expression", needed, label))
            return _STANDIN
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            value = shown(value)
        if not isinstance(value, str):
            of, way_out = "an expression", "put the expression in quotes"
            given = described(value)
            self.report(WrongType.of(f"`{key}`", of, given, label, way_out))
            return _STANDIN
        return value

    def build(
        self, model: type[N], loc: Loc, values: dict[str, Any], what: str
    ) -> N | None:
        """The node that `values` make; what pydantic rejects of them is left out."""
        values = {**values, "place": self.place(loc)}
        if (loc, "model") in self.slips and "model" in model.model_fields:
            values.setdefault("model", "model")
        try:
            return model.model_validate(values, strict=True)
        except ValidationError as error:
            faults = error.errors(include_url=False)
        for fault in faults:
            self._fault(model, loc, fault, what)
            values.pop(str(fault["loc"][0]), None)
            if fault["loc"][0] == "model":
                values["model"] = "model"  # one is named, though not as a text
        for name, part in model.model_fields.items():
            if part.is_required() and name in _STANDINS:
                values.setdefault(name, _STANDINS[name])
        try:
            return model.model_validate(values, strict=True)
        except ValidationError:
            self.rejected = True
            return None

    def _fault(
        self, model: type[Node], loc: Loc, fault: ErrorDetails, what: str
    ) -> None:
        path = [SPELLED.get(str(k), k) for k in fault["loc"] if k != "[key]"]
        if fault["type"] == "missing":
            self.missing(loc, str(path[0]), what)
            return
        label = self.document.label((*loc, *path))
        key = f"`{shown(path[-1])}`"
        if isinstance(path[-1], int):
            key = f"an item of `{shown(path[0])}`"
        if fault["type"] == "literal_error":
            choices = literal_words(model.model_fields[str(path[0])].annotation)
            self.choice(label_loc=(*loc, *path), value=fault["input"], choices=choices)
        elif fault["type"] in _WANTED:
            wanted = _WANTED[fault["type"]]
            given = described(fault["input"])
            is_bool = fault["type"] == "bool_type"
            way_out = way_of_boolean(path[-1], fault["input"]) if is_bool else None
            self.report(WrongType.of(key, wanted, given, label, way_out))
        elif fault["type"] == "string_unicode":
            self.report(BadNumber.of(f"{key} contains half of a surrogate pair", label))
        else:
            message = fault["msg"][:1].lower() + fault["msg"][1:]
            self.report(WrongType.plainly(f"{key}: {message}", label))


def _holds_steps(key: Key) -> bool:
    return isinstance(key.shape, Steps) or key.name == "stages"
