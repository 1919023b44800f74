"""Reading one step: its kind, by its keys where it does not state it, and its keys."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any, Final

from n3gen.diagnostics import Diagnostic, Label
from n3gen.diagnostics.suggest import nearest
from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.block_keys import way_of_block
from n3gen.spec.entries import Block, Step
from n3gen.spec.failures import kinds_in, reject_kinds
from n3gen.spec.joins import read_dependencies
from n3gen.spec.key_shapes import METHODS, Data, Mapping
from n3gen.spec.keys import built, key_names, meant_key
from n3gen.spec.limits import read_limit_uses
from n3gen.spec.meant_chains import reported_chain
from n3gen.spec.model_call_keys import ModelStep
from n3gen.spec.model_calls import BELONGS, read_call
from n3gen.spec.policies import read_cache, read_fallback, read_retry
from n3gen.spec.reader import SPELLED, Reader
from n3gen.spec.rules import (
    BadName,
    MisplacedKey,
    NoKind,
    NotBuiltYet,
    UnknownKey,
    UnknownKind,
    WrongType,
)
from n3gen.spec.steps import KINDS
from n3gen.spec.values import described, shown
from n3gen.syntax.words import WORDS

__all__ = ["SIGNATURE", "read_method", "read_step"]

_HAVING: Final = Counter(key.name for kind in KINDS.values() for key in kind.KEYS)
"""How many kinds have each key."""

SIGNATURE: Final = dict(
    sorted(
        ((key, kind.kind) for kind in KINDS.values() for key in kind.signature),
        key=lambda pair: _HAVING[pair[0]],
    )
)
"""Keys that imply the kind of a step that does not state it, those first that few have."""

_BRANCHES: Final = ("elif", "else", "case", "cases", "return")
_LATER_KEYS: Final = frozenset(key.name for key in Step.COMMON if key.later)
_COMMON: Final = built(Step.COMMON)
_ALL: Final = (
    *_COMMON,
    *dict.fromkeys(key for kind in KINDS.values() for key in kind.KEYS),
)
_ALL_NAMES: Final = frozenset(key_names(_ALL))
_WITH_KIND: Final = (
    *_COMMON,
    *dict.fromkeys(
        key for kind in KINDS.values() if kind.signature for key in kind.KEYS
    ),
)
"""The keys that a step without a `kind` may have, as one of them says its kind."""

_DATA: Final = tuple(key.name for key in _ALL if isinstance(key.shape, Data | Mapping))
_FIELDS: Final = {spelled: name for name, spelled in SPELLED.items()}


def read_step(
    reader: Reader, loc: Loc, data: dict[str, Any], kind: str | None = None
) -> Step | None:
    """The step at `loc`, without what is wrong in it; `None` where it has no name.

    Its keys say its kind, where that is not given.
    """
    if "step" in data and "name" not in data:
        # an `if` or `match` among its keys kept it from being read as a step before
        data = {"name" if key == "step" else key: data[key] for key in data}
    given = data.get("name")
    if given is None:
        _nameless(reader, loc, data)
        return None
    name = reader.name(given, reader.document.label((*loc, "name")))
    if name is None:
        return None
    known = kind or _kind(reader, loc, data, name)
    values = _own_keys(reader, loc, data, name, known)
    form = KINDS[known or "value"]
    if known is None:
        values = {key: values[key] for key in values if key in key_names(_COMMON)}
    _convert(reader, loc, values)
    if known is not None:
        form.read_own(reader, loc, data, values)
    what = f"the {form.kind} step `{shown(name)}`"
    if issubclass(form, ModelStep):
        read_call(reader, loc, values, what)
        values.setdefault("connection", reader.connection)
    elif known:
        for key in _lacking(form, data):
            values.pop(key, None)
            reader.missing(loc, key, what)
    reject_kinds(reader, loc, values, "step")
    if isinstance(values.get("on_error"), list):
        del values["on_error"]  # its steps are read with the bodies
    elif "steps" in (named := values.get("on_error") or ()) and isinstance(named, dict):
        del values["on_error"]
        label = reader.document.label((*loc, "on_error"))
        way_out = "write its steps as `on_error: [{name: some_name, ...}]`"
        given = "a mapping"
        reader.report(WrongType.of("`on_error`", "a list", given, label, way_out))
    values.pop("finally", None)
    values = {_FIELDS.get(key, key): value for key, value in values.items()}
    for key in [key for key in values if values[key] is None]:
        if _has_default(form, key):
            del values[key]
    values["name"] = name
    values.pop("kind", None)
    return reader.build(form, loc, values, f"step `{shown(name)}`")


def _in_capitals(key: Any) -> str:
    """The key or the word of a block that a key is but for its capitals; empty for none."""
    small = key.lower() if isinstance(key, str) else ""
    of_blocks = (known.name for form in Block.__subclasses__() for known in form.KEYS)
    known = small in ("step", *_ALL_NAMES, *_BRANCHES, *of_blocks)
    return small if known and small != key else ""


def _has_default(kind: type[Step], field: str) -> bool:
    """Whether a field of a step that is left out is something else than `None`."""
    known = kind.model_fields.get(field)
    if known is None or known.is_required():
        return False
    return known.get_default(call_default_factory=True) is not None


def _lacking(kind: type[Step], data: dict[str, Any]) -> list[str]:
    """The keys that a step of a kind needs and has not; a value may be `null`."""
    return [
        key.name
        for key in kind.KEYS
        if key.needed
        and data.get(key.name) is None
        and not (type(key.shape) is Data and key.name in data)
    ]


def _nameless(reader: Reader, loc: Loc, data: dict[str, Any]) -> None:
    if slips := {key: small for key in data if (small := _in_capitals(key))}:
        for key, meant in slips.items():
            label = reader.document.key_label((*loc, key))
            reader.report(UnknownKey.of(shown(key), "a step", label, meant))
        reader.rejected = True
        return
    if "name" not in data and "step" not in data:
        reader.rejected = True  # others may read what it was meant to hold
    if isinstance(data.get("parallel"), dict):
        label = reader.document.label((*loc, "parallel"))
        way_out = "begin each member with `- `"
        reader.report(WrongType.of("`parallel`", "a list", "a mapping", label, way_out))
    elif near := _near_name(data):
        label = reader.document.key_label((*loc, near))
        reader.report(UnknownKey.of(shown(near), "a step", label, "name"))
    elif "kind" in data or any(key in data for key in SIGNATURE):
        reader.missing(loc, "name", "this step", "begin it with `- name: some_name`")
    else:
        reader.report(_no_entry(data, reader.document.key_label(loc)))


def _near_name(data: dict[str, Any]) -> str | None:
    """The key of a step that was most likely meant as its `name`."""
    texts = (key for key, value in data.items() if isinstance(value, str))
    others = (key for key in texts if isinstance(key, str) and key not in _ALL_NAMES)
    return next((key for key in others if nearest(key, ["name"])), None)


def _no_entry(data: dict[str, Any], label: Label) -> Diagnostic:
    """What is wrong with an entry that is neither a step nor a block."""
    if word := next(filter(None, map(WORDS.translated, map(shown, data))), None):
        return NoKind.meant(word, True, label)
    if branch := next((key for key in _BRANCHES if key in data), None):
        return NoKind.branch(branch, label)
    if "try" in data:
        way_out = (
            "write its steps in the list as they are, and behind them "
            "`- {on_error: any, steps: [...]}`"
        )
        return NoKind.entry(label, way_out)
    if meant := next(filter(None, map(_meant_kind_key, data)), None):
        return NoKind.meant(meant, False, label)
    if "parallel" in data and isinstance(data.get("steps"), list):
        return NoKind.entry(
            label,
            "the steps go below `parallel:` itself, and all run at once; the chain's key "
            "`max_parallel` bounds how many",
        )
    return NoKind.entry(label)


def _kind(reader: Reader, loc: Loc, data: dict[str, Any], name: str) -> str | None:
    kind = data.get("kind")
    label = reader.document.label((*loc, "kind"))
    if kind is None:
        for key, kind_of_key in SIGNATURE.items():
            if key in data:
                return kind_of_key
        if (loc[:2], "kind") not in reader.slips and not any(
            map(_meant_kind_key, data)
        ):
            rule = NoKind.stage if loc[-2] == "stages" else NoKind.of
            label = reader.document.label((*loc, "name"))
            foreign = _foreign(reader, loc, data)
            reader.report(rule(shown(name), label, *foreign, meant=_needed(data)))
    elif not isinstance(kind, str):
        reader.report(WrongType.of("`kind`", "a text", described(kind), label))
    elif kind == "prompt":
        return "llm"
    elif kind in KINDS and not KINDS[kind].in_stages:
        return kind
    else:
        also = (one.kind for one in KINDS.values() if kind.lower() in one.also)
        meant = next(also, None) or nearest(kind, (*KINDS, "prompt"))
        kinds = (name for name, one in KINDS.items() if not one.in_stages)
        reader.report(UnknownKind.of(shown(kind), label, meant, kinds))
    return None


def _meant_kind_key(key: Any) -> str | None:
    """The key that implies the kind of a step, where `key` is a slip of one."""
    meant = None if key in _ALL_NAMES else meant_key(shown(key), _WITH_KIND)
    return meant if meant == "kind" or meant in SIGNATURE else None


def _foreign(reader: Reader, loc: Loc, data: dict[str, Any]) -> list[Label]:
    """The place of the first key of a step that nothing else is said of."""
    unknown = (
        reader.document.key_label((*loc, key), "no step has this key")
        for key in data
        if key not in _ALL_NAMES and meant_key(shown(key), _WITH_KIND) is None
    )
    return [*islice(unknown, 1)]


def _needed(data: dict[str, Any]) -> str | None:
    """How a step has the kind that the name of a key, or whose key, is there."""
    for key in data:
        if key in KINDS:
            target = " and `target:`" if "target" in key_names(KINDS[key].KEYS) else ""
            return f"`{key}` is a kind of step: write `kind: {key}`{target}"
        if _HAVING[key] == 1:
            kind = next(one for one in KINDS.values() if key in key_names(one.KEYS))
            sign = f"{kind.signature[0]}:" if kind.signature else f"kind: {kind.kind}"
            return f"`{key}` is a key of {kind.kind} steps: add `{sign}`"
    return None


def _own_keys(
    reader: Reader, loc: Loc, data: dict[str, Any], name: str, kind: str | None
) -> dict[str, Any]:
    """The items of a step that its kind has; without a kind, those of any kind."""
    own = _ALL if kind is None else (*_COMMON, *KINDS[kind].KEYS)
    what = f"the {kind} step `{shown(name)}`" if kind else f"step `{shown(name)}`"
    kept, names = {}, {known.name: known for known in own}
    is_clause, of_block = bool(kinds_in(data.get("on_error"))), set[str]()
    for key, value in data.items():
        if is_clause and key in ("steps", "as"):
            continue  # parts of what was meant by the `on_error`, which that rule reports
        if key in names:
            if key == "name" or not reader.lacks_value(loc, names[key], value):
                kept[key] = value
        elif key in _LATER_KEYS:
            label = reader.document.key_label((*loc, key))
            reader.report(NotBuiltYet.of(f"`{key}`", label))
        elif key in BELONGS:
            label = reader.document.key_label((*loc, key))
            reader.report(MisplacedKey.belongs(key, what, BELONGS[key], label))
        elif key in _ALL_NAMES:
            owners = tuple(k for k in KINDS if key in key_names(KINDS[k].KEYS))
            label = reader.document.key_label((*loc, key))
            meant = next((one.name for one in own if key in one.also), None)
            meant = None if kind is None or meant in data else meant
            if not reported_chain(reader, key, data, what, label):
                reader.report(MisplacedKey.of(key, what, label, owners, meant))
            reader.slips |= {(loc, meant)} if meant else set()
            if key in SIGNATURE:
                reader.misread.add(loc)  # the step was meant to do something else
        elif key == "type" and kind and value not in KINDS:
            label = reader.document.key_label((*loc, key))
            reader.report(UnknownKey.of("type", "a step", label, "output"))
        elif key in of_block:
            continue  # another key of a block that has been reported
        elif way_out := way_of_block(key, value, own, reader.document):
            label = reader.document.key_label((*loc, key))
            reader.report(UnknownKey.hinted(key, "a step", label, way_out))
            reader.rejected = True  # the step may read what the block would bind
            forms = (form for form in Block.__subclasses__() if form.word == key)
            of_block |= {one.name for form in forms for one in form.KEYS}
        elif kind and (why := KINDS[kind].needless.get(key)):
            label = reader.document.key_label((*loc, key))
            reader.report(UnknownKey.needless(key, "a step", why, label))
        elif kind or meant_key(shown(key), _WITH_KIND):
            # without a kind, what the step would do with a foreign key is unknown
            reader.unknown_key(loc, data, key, own, "a step")
    return kept


def _convert(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert the values of a step to what the model has: seconds, tuples, types."""
    reader.duration(loc, values, "timeout")
    reader.data(loc, values, *_DATA)
    _arguments(reader, loc, values)
    read_limit_uses(reader, loc, values)
    read_method(reader, loc, values)
    read_retry(reader, loc, values)
    read_fallback(reader, loc, values)
    read_cache(reader, loc, values)
    if values.get("output") is not None:
        values["output"] = reader.type_of((*loc, "output"), values["output"])
    if values.get("when") is not None:
        values["when"] = reader.condition(loc, values, "when", "this step")
    read_dependencies(reader, loc, values)


def _arguments(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Drop what no Python call can have: these names become code."""
    given = values.get("with")
    if not isinstance(given, dict):
        return
    for name in given:
        if not is_name(name):
            label = reader.document.key_label((*loc, "with", name))
            reader.report(BadName.argument(shown(name), label))
    values["with"] = {name: given[name] for name in given if is_name(name)}


def read_method(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert `method` to one of HTTP's, or drop it."""
    method = values.pop("method", None)
    if method is None:
        return
    if isinstance(method, str) and method.upper() in METHODS:
        values["method"] = method.upper()
    elif isinstance(method, str):
        reader.choice((*loc, "method"), method, METHODS)
    else:
        label = reader.document.label((*loc, "method"))
        reader.report(WrongType.of("`method`", "a text", described(method), label))
