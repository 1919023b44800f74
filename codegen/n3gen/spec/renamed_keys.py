"""Keys that have another name by now: both are read, and the old one is a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from n3gen.diagnostics import Diagnostic, Rule, Severity
from n3gen.diagnostics.fix import replacing
from n3gen.source import Loc
from n3gen.syntax.document import Document

__all__ = ["RenamedKey", "with_new_keys"]

V = TypeVar("V")


class RenamedKey(Rule):
    """A key that has another name by now.

    A subclass is a rule of its own, with a code and a page, and is found by being
    defined. It says from which version on the name is `new`, and by `stands_in` in
    which mappings: a key of another construct may keep the old name.
    """

    severity = Severity.WARNING
    old: ClassVar[str]
    new: ClassVar[str]
    since: ClassVar[str]

    known: ClassVar[list[type[RenamedKey]]] = []
    """All renamed keys whose modules have been imported."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        RenamedKey.known.append(cls)

    @classmethod
    def stands_in(cls, loc: Loc, mapping: Mapping[str, Any]) -> bool:
        """Whether the mapping at a place is one whose key has another name."""
        raise NotImplementedError

    @classmethod
    def of(cls, document: Document, loc: Loc) -> Diagnostic:
        label = document.key_label(loc)
        return cls.diagnose(
            f"`{cls.old}` is called `{cls.new}` since n3gen {cls.since}",
            label,
            help=f"write `{cls.new}`; `n3gen lint --fix` does",
            fix=replacing(label.file, label.span, cls.new),
        )


def with_new_keys(document: Document) -> tuple[Document, list[Diagnostic]]:
    """The document as if it were written with the names of today, and what is old in it.

    Where a mapping has both names, the old one stays, and is an unknown key.
    """
    if not RenamedKey.known:
        return document, []
    found = list(_old_keys(document))
    if not found:
        return document, []
    names = {loc: rule.new for loc, rule in found}
    renamed = replace(
        document,
        data=_renamed(document.data, (), names),
        values=_moved(document.values, names),
        keys=_moved(document.keys, names),
        texts=_moved(document.texts, names),
    )
    return renamed, [rule.of(document, loc) for loc, rule in found]


def _old_keys(document: Document) -> Iterator[tuple[Loc, type[RenamedKey]]]:
    """The places of old keys, in the order of the document."""
    waiting: list[tuple[Loc, Any]] = [((), document.data)]
    while waiting:
        loc, value = waiting.pop()
        inner: list[tuple[Any, Any]] = []
        if isinstance(value, dict):
            for rule in RenamedKey.known:
                if (
                    rule.old in value
                    and rule.new not in value
                    and rule.stands_in(loc, value)
                ):
                    yield (*loc, rule.old), rule
            inner = list(value.items())
        elif isinstance(value, list):
            inner = list(enumerate(value))
        waiting += [((*loc, key), one) for key, one in reversed(inner)]


def _renamed(value: Any, loc: Loc, names: Mapping[Loc, str]) -> Any:
    if isinstance(value, dict):
        return {
            names.get((*loc, key), key): _renamed(one, (*loc, key), names)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_renamed(one, (*loc, at), names) for at, one in enumerate(value)]
    return value


def _moved(places: Mapping[Loc, V], names: Mapping[Loc, str]) -> dict[Loc, V]:
    return {_now(loc, names): one for loc, one in places.items()}


def _now(loc: Loc, names: Mapping[Loc, str]) -> Loc:
    """A place by the names of today."""
    return tuple(
        names.get(loc[: depth + 1], key) if isinstance(key, str) else key
        for depth, key in enumerate(loc)
    )
