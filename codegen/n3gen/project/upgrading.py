"""What a build by another version of n3gen changes: code of chains apart from support."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum

from n3gen.emit.assemble import SECTION
from n3gen.project.freshness import read_header
from n3gen.project.packages import RUNTIME
from n3gen.project.writing import Change

__all__ = ["Kind", "Lines", "Upgrade", "upgrade_of"]

_MARK = f"\n{SECTION}\n".encode()


class Kind(Enum):
    """What changes in a file, by the part that matters most."""

    CHAINS = "chains"
    SUPPORT = "support"
    HEADER = "header"
    NEW = "new"
    GONE = "gone"

    @property
    def title(self) -> str:
        """The kind in a few words."""
        return _TITLES[self]


_TITLES = {
    Kind.CHAINS: "code of chains changes",
    Kind.SUPPORT: "only support code changes",
    Kind.HEADER: "only the header changes",
    Kind.NEW: "not built before",
    Kind.GONE: "removed",
}


@dataclass(frozen=True, slots=True)
class Lines:
    """How many lines are new, and how many are no longer there."""

    added: int = 0
    removed: int = 0

    def __add__(self, other: Lines) -> Lines:
        return Lines(self.added + other.added, self.removed + other.removed)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What becomes of a file.

    `chains` and `support` count lines of the two parts. `names` are the functions,
    classes and constants of chains that differ, `imports` among them.
    """

    change: Change
    kind: Kind
    chains: Lines = Lines()
    support: Lines = Lines()
    names: tuple[str, ...] = ()

    @property
    def package(self) -> str | None:
        """The folder of the shared package of support code that the file belongs to."""
        return _package(self.change)

    def of_chains(self) -> Change:
        """The change of the code of chains alone, for a diff."""
        before, _ = _parts(self.change.before)
        after, _ = _parts(self.change.after)
        return replace(self.change, before=before, after=after)


def upgrade_of(change: Change) -> Upgrade:
    """Look at what a change of a generated file does to its parts."""
    before, after = _parts(change.before), _parts(change.after)
    if _package(change) is not None:
        support = _lines(before[0], after[0])
        kind = Kind.SUPPORT if support != Lines() else Kind.HEADER
        return Upgrade(change, kind, support=support)
    chains, support = _lines(before[0], after[0]), _lines(before[1], after[1])
    if change.before is None or change.after is None:
        kind = Kind.NEW if change.before is None else Kind.GONE
        return Upgrade(change, kind, chains, support)
    if before[0] != after[0]:
        return Upgrade(
            change, Kind.CHAINS, chains, support, _differing(before[0], after[0])
        )
    kind = Kind.SUPPORT if before[1] != after[1] else Kind.HEADER
    return Upgrade(change, kind, chains, support)


def _package(change: Change) -> str | None:
    folder, runtime, _ = change.shown.rpartition(f"/{RUNTIME}/")
    return f"{folder}{runtime}".rstrip("/") if runtime else None


def _parts(data: bytes | None) -> tuple[bytes, bytes]:
    """The code of chains in a generated file and the support that is linked to it."""
    data = (data or b"").replace(b"\r\n", b"\n")
    header = read_header(data)
    chains, _, support = data[header.end if header else 0 :].partition(_MARK)
    return chains, support


def _lines(before: bytes, after: bytes) -> Lines:
    """How many lines come and go; one that moves does neither."""
    old, new = Counter(before.splitlines()), Counter(after.splitlines())
    return Lines((new - old).total(), (old - new).total())


def _differing(before: bytes, after: bytes) -> tuple[str, ...]:
    """The names of the definitions that differ, in the order of the new file."""
    old, new = _definitions(before), _definitions(after)
    names = dict.fromkeys((*new, *old))
    return tuple(name for name in names if old.get(name) != new.get(name))


def _definitions(code: bytes) -> dict[str, str]:
    """The text of each definition by name; what has none stands under `imports`."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return {"the file": code.decode(errors="replace")}  # Somebody has edited it.
    found: dict[str, str] = {}
    for statement in tree.body:
        name = _name(statement)
        found[name] = found.get(name, "") + ast.unparse(statement)
    return found


def _name(statement: ast.stmt) -> str:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return statement.name
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.Expr():
            return "its description"
        case _:
            return "imports"
