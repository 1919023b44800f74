"""The shared run-time support: a package of the support's files, each cut to what is used."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Mapping
from typing import Final

from n3gen.emit.formatting import format_python
from n3gen.emit.link import DURABLE, import_text, needed_imports
from n3gen.emit.support import Definition, SupportFile, support

__all__ = ["index_text", "package_contents", "package_file"]


def package_contents(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The files that definitions `names` need, each with the definitions it then holds."""
    found: dict[str, tuple[str, ...]] = {}
    for definition in support().closure(names):
        held = found.get(definition.file, ())
        found[definition.file] = (*held, definition.name)
    return dict(sorted(found.items()))


def index_text(contents: Mapping[str, tuple[str, ...]]) -> str:
    """The text of the package's own `__init__.py`: what is in it."""
    lines = [
        textwrap.fill(f"{path}.py: {', '.join(names)}", 88, subsequent_indent="    ")
        for path, names in contents.items()
    ]
    listed = "\n".join(lines)
    return f'"""Run-time support of the modules in this folder.\n\n{listed}\n"""\n'


def package_file(path: str, names: Iterable[str], http: str, version: str = "") -> str:
    """Return the text of a file of the package; a room's own is its docstring.

    `http` is the package that is imported as `httpx`. A file that states the version of
    the code states `version`.
    """
    known = support()
    if path in known.rooms:
        return _room_text(path, known.rooms[path])
    file, wanted = known.files[path], set(names)
    held = [d for name, d in file.definitions.items() if name in wanted]
    read = frozenset[str]().union(*(definition.uses for definition in held))
    head = format_python(
        f'"""{file.doc}"""\n\nfrom __future__ import annotations\n\n{_imports(file, read, http)}\n'
    )
    # isort wants two blank lines before a function or a class, one before the rest.
    is_constant = isinstance(held[0].tree, ast.Assign | ast.AnnAssign)
    gap = "\n\n" if is_constant else "\n\n\n"
    return head.rstrip() + gap + "\n\n\n".join(_text(d, version) for d in held) + "\n"


def _room_text(path: str, about: str) -> str:
    """The text of a room's own file, which is imported before all others of the room."""
    text = f'"""{about}"""\n'
    if path != _DURABLE_ROOM:
        return text
    return format_python(f"{text}\n{needed_imports('import dbos as dbos', DURABLE)}\n")


_DURABLE_ROOM: Final = "durable"

_CHECKED: Final = {_DURABLE_ROOM: ("dbos", "sqlalchemy")}
"""The packages whose being there a room's own file checks."""


def _text(definition: Definition, version: str) -> str:
    """The text of a definition in the package."""
    if definition.name != "CODE_VERSION":
        return definition.text
    _, *about = definition.text.splitlines()
    return "\n".join([f'CODE_VERSION = "{version}"', *about])


def _imports(file: SupportFile, read: frozenset[str], http: str) -> str:
    """The imports that a file needs for the names it reads."""
    outside = {*read & file.imports.keys()}
    others = read & file.others.keys() - file.definitions.keys()
    typing_only = others & file.typing_only
    if typing_only:
        outside.add("TYPE_CHECKING")
    statements = [
        (http if found.module == "httpx" else found.module, 0, name, found.member, name)
        for name in outside
        for found in [file.imports[name]]
    ]
    statements += [_other(file, name) for name in others - typing_only]
    text = import_text(
        statements, checked=_CHECKED.get(file.path.partition("/")[0], ())
    )
    if typing_only:
        checked = import_text(_other(file, name) for name in typing_only)
        text += "\n\nif TYPE_CHECKING:\n" + textwrap.indent(checked, "    ")
    return text


def _other(file: SupportFile, name: str) -> tuple[str, int, str, str | None, str]:
    room, _, _ = file.path.partition("/")
    other, _, stem = file.others[name].partition("/")
    module, level = (stem, 1) if other == room else (f"{other}.{stem}", 2)
    return (module, level, name, name, name)
