"""Files that say what is known of calls, in YAML."""

from __future__ import annotations

from typing import Any, Final

from n3gen.diagnostics import Problems
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.regular import read_regular
from n3gen.project.simulation.call_failures import parse_failures
from n3gen.project.simulation.call_profiles import (
    CallProfile,
    Profiles,
    unknown_name,
)
from n3gen.project.simulation.latencies import parse_latency
from n3gen.source import Loc, SourceFile
from n3gen.spec.key_shapes import Data, ListOf, OneOf, Text
from n3gen.spec.keys import Key
from n3gen.spec.reader import Reader
from n3gen.spec.rules import MisplacedKey, WrongType
from n3gen.spec.values import Fault, described, shown
from n3gen.syntax.nodes import build
from n3gen.syntax.yaml_reader import read_yaml

__all__ = ["read_profiles"]

_LARGEST: Final = 16 * 1024 * 1024
_KEYS: Final = (
    Key("latency", Text(), "how long a call takes"),
    Key("failure", OneOf(Text(), ListOf(Text())), "how often it fails, and in what"),
    Key("value", Data(), "what it gives"),
    Key("values", ListOf(), "what it gives, one as often as another"),
)


def read_profiles(
    path: str, config: Config, known: frozenset[str], chain: str
) -> tuple[Profiles, Problems]:
    """Return the profiles in a file, and what is wrong with it.

    Raises `ProjectError` where it cannot be read.
    """
    source = _source(path, config)
    problems = Problems()
    root = read_yaml(source, problems)
    if root is None:
        return {}, problems
    document = build(source, root, problems)
    reader = Reader(document)
    profiles: Profiles = {}
    for name, data in document.data.items():
        way_out = unknown_name(name, known, chain)
        if way_out is not None:
            message = f"chain `{chain}` calls no `{shown(name)}`"
            label = document.key_label((name,))
            reader.report(WrongType.plainly(message, label, way_out))
            continue
        profiles[name] = _profile(reader, (name,), data)
    problems.extend(reader.found)
    return profiles, problems


def _source(path: str, config: Config) -> SourceFile:
    data = read_regular(path, path, _LARGEST)
    if data is None:
        raise ProjectError(f"there is no file `{path}`, which --calls names")
    try:
        return SourceFile.of(config.shown(path), data.decode())
    except UnicodeDecodeError as error:
        raise ProjectError(f"`{path}` is not UTF-8 text") from error


def _profile(reader: Reader, loc: Loc, data: Any) -> CallProfile:
    """The profile at a place: a mapping, or a latency alone."""
    if isinstance(data, str | int | float) and not isinstance(data, bool):
        return CallProfile(latency=_parsed(reader, loc, data, parse_latency))
    what = f"what is known of `{shown(loc[-1])}`"
    items = reader.known(loc, reader.mapping(loc, data, what), _KEYS, what)
    reader.data(loc, items, "value", "values")
    values = None
    if "values" in items:
        values = _values(reader, loc, items)
    elif "value" in items:
        values = (items["value"],)
    latency, failures = items.get("latency"), items.get("failure")
    return CallProfile(
        (
            None
            if latency is None
            else _parsed(reader, (*loc, "latency"), latency, parse_latency)
        ),
        None if failures is None else _failures(reader, (*loc, "failure"), failures),
        values,
    )


def _values(reader: Reader, loc: Loc, items: dict[str, Any]) -> tuple[Any, ...] | None:
    values, at = items["values"], (*loc, "values")
    if "value" in items:
        label = reader.document.key_label((*loc, "value"))
        why = "`values` has all that the call gives"
        reader.report(MisplacedKey.beside("value", "values", label, why))
    if not isinstance(values, list) or not values:
        label = reader.document.label(at)
        given = "an empty list" if values == [] else described(values)
        reader.report(WrongType.of("`values`", "a list of values", given, label))
        return None
    return tuple(values)


def _failures(reader: Reader, loc: Loc, data: Any) -> Any:
    if isinstance(data, list) and all(isinstance(item, str) for item in data):
        data = ", ".join(data)
    return _parsed(reader, loc, data, parse_failures)


def _parsed(reader: Reader, loc: Loc, data: Any, parse: Any) -> Any:
    """What a text says; what is wrong with it is reported at its place."""
    label = reader.document.label(loc)
    if not isinstance(data, str | int | float) or isinstance(data, bool):
        what = f"`{shown(loc[-1])}`"
        reader.report(WrongType.of(what, "a text", described(data), label))
        return None
    try:
        return parse(str(data))
    except Fault as fault:
        reader.report(WrongType.plainly(fault.message, label, fault.way_out))
        return None
