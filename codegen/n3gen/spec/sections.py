"""The sections of a file, and the keys in their column that are none."""

from __future__ import annotations

from typing import Any, Final

from n3gen.diagnostics.suggest import nearest
from n3gen.spec.keys import key_names
from n3gen.spec.model import Chain
from n3gen.spec.reader import Reader
from n3gen.spec.rules import UnknownKey, WrongType
from n3gen.spec.values import shown
from n3gen.syntax.document import Document

__all__ = ["PLURALS", "SECTIONS", "unknown_section"]

SECTIONS: Final = {
    "chains": "chain",
    "connections": "connection",
    "connectors": "connector",
    "types": "type",
    "pipelines": "pipeline",
    "limits": "limit",
    "states": "state",
    "channels": "channel",
    "actors": "actor",
    "tests": "test",
}
"""The blocks of a file: in YAML, and one of them in `.ai`."""

_CHAINS: Final = frozenset(("chains", "pipelines"))
PLURALS: Final = {word: section for section, word in SECTIONS.items()}
"""The sections by the words of their blocks in `.ai`."""


def unknown_section(reader: Reader, key: Any) -> bool:
    """Report a key that is no section; whether what was meant by it is known."""
    document = reader.document
    value, name = document.data[key], shown(key)
    label = document.key_label((key,))
    singular = document.source.path.endswith(".ai")
    if isinstance(value, dict) and (above := _empty_above(document, key)):
        way_out = f"indent it below `{above}:`"
        reader.report(UnknownKey.hinted(name, "a spec file", label, way_out))
        return True
    if key in PLURALS and isinstance(value, dict) and not _holds_named(value):
        _one_definition(reader, key, value)
        return True
    names = (*(SECTIONS.values() if singular else SECTIONS), "use")
    if not singular and any(str(one) == "Chain" for one in document.data):
        names = ("chain", *key_names(Chain.KEYS), *names)
    if name in key_names(Chain.KEYS) and document.data.keys() & _CHAINS:
        below = "its `chain`" if singular else "the name of its chain"
        way_out = f"`{name}` is a key of a chain: indent it below {below}"
        reader.report(UnknownKey.hinted(name, "a spec file", label, way_out))
        return False
    meant = nearest(name, names)
    reader.report(UnknownKey.of(name, "a spec file", label, meant, names))
    return meant is not None


def _empty_above(document: Document, key: Any) -> str | None:
    """The section right above a key that has nothing below it, if others are none either."""
    above: str | None = None
    for one, value in document.data.items():
        if one == key:
            return above
        if one in SECTIONS:
            above = None if value else one
    return None


def _holds_named(value: dict[Any, Any]) -> bool:
    """Whether the items of a mapping can be definitions by their names."""
    return all(isinstance(one, dict) for one in value.values())


def _one_definition(reader: Reader, word: str, value: dict[Any, Any]) -> None:
    """Report a definition that stands below its word, and not below its name."""
    label, given = reader.document.key_label((word,)), value.get("name")
    name = shown(given) if isinstance(given, str) else "some_name"
    if reader.document.source.path.endswith(".ai"):
        way_out = f"write `{word} {name}:`, and its keys below it"
    else:
        way_out = (
            f"write `{PLURALS[word]}:`, `{name}:` below it, and its keys below that"
        )
    if word == "chain":
        message = "`chain` is the name of the only chain of a file, not a mapping"
        reader.report(WrongType.plainly(message, label, way_out))
    else:
        reader.report(UnknownKey.hinted(word, "a spec file", label, way_out))
