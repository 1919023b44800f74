"""Takes nothing; says what a module's template prints: lines of Python and blocks of them."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.link import Names

__all__ = ["Block", "Code", "Function", "ModuleModel", "Registered"]


@dataclass(frozen=True, slots=True)
class Block:
    """A compound statement: its header line with the colon, and its body."""

    header: str
    body: tuple[Code, ...]


Code = str | Block


@dataclass(frozen=True, slots=True)
class Function:
    """An `async def`, a `def` or a class: header, docstring (escaped), body."""

    header: str
    doc: str
    body: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """A chain in the module's registry; every field is Python source."""

    key: str
    description: str
    timeout: str
    steps: str
    connectors: str
    function: str
    check: str | None


@dataclass(frozen=True, slots=True)
class ModuleModel:
    """Everything that `module.py.j2` prints, in its order; all strings are Python."""

    doc: tuple[str, ...]
    source: str
    public_names: tuple[str, ...]
    functions: tuple[Function, ...]
    registry: tuple[Registered, ...]
    connections: tuple[str, ...]
    defaults: str
    closes: tuple[str, ...]
    names: Names
    imports: tuple[str, ...] = ()
