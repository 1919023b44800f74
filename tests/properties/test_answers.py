"""Properties of answers: what models put around JSON is no harm, and no text is."""

from __future__ import annotations

import json
from typing import Any, Literal, Optional, get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.templates.runtime.answers.typed import adapter
from n3gen.templates.runtime.answers.typed_values import TypedValue
from n3gen.templates.runtime.recovery.failures import ModelError
from pydantic import BaseModel, create_model

from tests.runtime.typed_kinds import takes_text, typed_of

TypeAndValues = tuple[Any, st.SearchStrategy[Any]]
"""A type and its values, as plain data."""

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.sampled_from(["label", "score", "reasons", "value", "größe", "x1"])
LABELS = Literal["high", "low", "Not Known", 'a "b"', "1, 2", "none"]
SCALARS: list[TypeAndValues] = [
    (str, TEXTS),
    (int, st.integers(-(2**70), 2**70)),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (bool, st.booleans()),
    (type(None), st.none()),
    (LABELS, st.sampled_from(get_args(LABELS))),
]


def list_type(inner: TypeAndValues) -> TypeAndValues:
    return list.__class_getitem__(inner[0]), st.lists(inner[1], max_size=3)


def dict_type(inner: TypeAndValues) -> TypeAndValues:
    values = st.dictionaries(TEXTS, inner[1], max_size=3)
    return dict.__class_getitem__((str, inner[0])), values


def optional_type(inner: TypeAndValues) -> TypeAndValues:
    return Optional.__getitem__(inner[0]), inner[1] | st.none()


def model_type(fields: dict[str, TypeAndValues]) -> TypeAndValues:
    types: dict[str, Any] = {name: (type_, ...) for name, (type_, _) in fields.items()}
    values = {name: values for name, (_, values) in fields.items()}
    return create_model("Made", **types), st.fixed_dictionaries(values)


def nested_types(inner: st.SearchStrategy[TypeAndValues]) -> st.SearchStrategy[Any]:
    fields = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    return (
        inner.map(list_type)
        | inner.map(dict_type)
        | inner.map(optional_type)
        | fields.map(model_type)
    )


TYPES = st.recursive(st.sampled_from(SCALARS), nested_types, max_leaves=6)


class LooseWriter:
    """Writes values as JSON with the slips that models make."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def choose(self, *options: str) -> str:
        return self.data.draw(st.sampled_from(options))

    def space(self) -> str:
        return self.choose("", "", " ", "\n\t", "/* c, */", "// c }\n", " # 'c\n")

    def text(self, text: str) -> str:
        quotes = ["''", '""']
        if not set(text) & set("\u201c\u201d"):
            quotes.append("\u201c\u201d")
        pair = self.choose(*quotes)
        first, last = pair[0], pair[1]
        body = ""
        for char in text:
            escaped = json.dumps(char)[1:-1]
            if char in "\n\t":
                escaped = self.choose(char, escaped)
            elif char == "'" == first:
                escaped = r"\'"
            elif char == '"' != first:
                escaped = self.choose('"', r"\"")
            body += escaped
        return f"{first}{body}{last}"

    def key(self, key: str) -> str:
        return (
            self.choose(key, self.text(key)) if key.isidentifier() else self.text(key)
        )

    def members(self, members: list[str]) -> str:
        comma = self.choose("", ",") if members else ""
        return ",".join(members) + comma + self.space()

    def value(self, value: Any) -> str:
        return f"{self.space()}{self.bare_value(value)}{self.space()}"

    def bare_value(self, value: Any) -> str:
        match value:
            case str():
                return self.text(value)
            case list():
                return f"[{self.members([*map(self.value, value)])}]"
            case dict():
                pairs = [
                    f"{self.space()}{self.key(key)}{self.space()}:{self.value(part)}"
                    for key, part in value.items()
                ]
                return f"{{{self.members(pairs)}}}"
            case _:
                return self.choose(json.dumps(value), repr(value))

    def answer(self, value: Any, *, prose: bool) -> str:
        # A text with a comment before its JSON is more than JSON.
        text = self.bare_value(value)
        before, after = "\ufeff", "\n"
        if prose:
            before = self.choose("", "Here it is: ", "<think>{'a': 1}\n</think>\n")
            after = self.choose("", "\n\nHope that helps!", "\nIt's so (see above).")
        fence = self.choose("", "```json\n", "~~~\n")
        return f"{before}\n{fence}{text}\n{fence[:3]}{after}" if fence else text


def asked_for(type_: Any, value: Any) -> Any:
    """The value as the schema wants it."""
    return value if not isinstance(typed_of(type_), TypedValue) else {"value": value}


@settings(max_examples=100, deadline=None)
@given(TYPES, st.data())
def test_a_value_is_read_whatever_is_around_it(
    made: TypeAndValues, data: st.DataObject
) -> None:
    type_, values = made
    value, form = data.draw(values), typed_of(type_).form
    is_list = isinstance(value, list) and not takes_text(form)
    wanted = asked_for(type_, value)
    if (
        is_list
        and adapter(type_).json_schema().get("type") == "array"
        and data.draw(st.booleans())
    ):
        wanted = value
    text = LooseWriter(data).answer(wanted, prose=not takes_text(form))
    assert typed_of(type_).parse(text) == adapter(type_).validate_python(value)


@settings(max_examples=100, deadline=None)
@given(TYPES, st.data())
def test_strict_json_is_read_with_and_without_the_object_around_it(
    made: TypeAndValues, data: st.DataObject
) -> None:
    type_, values = made
    value = data.draw(values)
    expected = adapter(type_).validate_python(value)
    for wanted in (value, asked_for(type_, value)):
        is_ambiguous = wanted is value and isinstance(value, dict) and "value" in value
        if not is_ambiguous:
            assert typed_of(type_).parse(json.dumps(wanted)) == expected


class Tree(BaseModel):
    name: str = ""
    kind: Literal["leaf", "branch"] | None = None
    children: list[Tree] = []


FRAGMENTS = [*"{}[]:,\"'`\\\n #/.-1", "{'name': 'a'", '"name"', '"children": [', "true"]
FRAGMENTS += [
    "```json\n",
    "```",
    "<think>",
    "</think>",
    "\\u00",
    "\ud83d",
    "None",
    "NaN",
]
FRAGMENTS += [
    "\u201c",
    "\u201d",
    "\u2019",
    "leaf",
    "value",
    "/*",
    "*/",
    "\ufeff",
    "1e9",
]
ANSWERS = st.text(st.characters(exclude_categories=[])) | st.lists(
    st.sampled_from(FRAGMENTS), max_size=30
).map("".join)
ROOTS = [Tree, list[Tree], str, Any, int, bool | None, Literal["leaf"], dict[str, int]]


@settings(max_examples=300, deadline=None)
@given(ANSWERS, st.sampled_from(ROOTS))
def test_any_text_gives_a_value_or_a_model_error(text: str, type_: Any) -> None:
    typed = typed_of(type_)
    for end in range(len(text)):
        typed.partials()(text[:end])
    try:
        value = typed.parse(text)
    except ModelError as error:
        assert error.kind == "invalid_output"
        assert len(typed.fault_prompt(error)) < 4000
    else:
        assert type_ is Any or repr(adapter(type_).validate_python(value)) == repr(
            value
        )


def is_begun(begun: Any, value: Any) -> bool:
    """Whether plain data may grow to a value."""
    match begun:
        case str():
            return isinstance(value, str) and value.startswith(begun)
        case list():
            return isinstance(value, list) and all(map(is_begun, begun, value))
        case dict():
            return isinstance(value, dict) and all(
                key in value and is_begun(part, value[key])
                for key, part in begun.items()
            )
        case _:
            return bool(begun == value)


@settings(max_examples=100, deadline=None)
@given(TYPES, st.data())
def test_an_answer_grows_to_the_whole(made: TypeAndValues, data: st.DataObject) -> None:
    type_, values = made
    value = data.draw(values)
    text = json.dumps(asked_for(type_, value))
    typed, last = typed_of(type_), None
    for end in range(len(text) + 1):
        part = typed.partials()(text[:end])
        if part is not None:
            assert is_begun(last, part) or last is None
            last = part
    whole = adapter(type_).dump_python(
        typed.parse(text), mode="json", exclude_unset=True
    )
    assert last == whole or (last is None and whole in (None, "", [], {}))


def test_a_mapping_grows_entry_by_entry() -> None:
    type_ = dict[str, Literal["high", "low"]]
    text, typed = json.dumps(asked_for(type_, {"a": "high", "b": "low"})), typed_of(
        type_
    )
    grown = [typed.partials()(text[:end]) for end in range(len(text) + 1)]
    parts = [part for part in grown if part is not None]
    assert parts[0] == {"a": "high"}
    assert parts[-1] == {"a": "high", "b": "low"}
    assert all(map(is_begun, parts, parts[1:]))
