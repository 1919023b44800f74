"""The names of one module, and the imports and definitions that they need there."""

from __future__ import annotations

import builtins
import keyword
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from n3gen.emit.formatting import format_python
from n3gen.emit.global_names import renamed
from n3gen.emit.render import render_template
from n3gen.emit.support import Import, support
from n3gen.names import PUBLIC, fill_outside

__all__ = [
    "DURABLE",
    "RUNTIME",
    "Linked",
    "Names",
    "import_text",
    "link_shared",
    "link_standalone",
    "member_order",
    "needed_imports",
]

RUNTIME = "_runtime"
"""The package of the shared run-time support in an output folder."""

_BUILTINS = frozenset(dir(builtins))

_Statement = tuple[str, int, str, str | None, str]
"""A module, how many dots lead to it, what is imported, under which name, for whom."""


class Names:
    """What the run-time support, imports and builtins are called in one module.

    A name of the user's stands as it is; what else has that name is linked under
    another. `public` are the names that the user's definitions have in the module,
    `fields` those in its classes and signatures, `variables` those in its functions.
    `http` is the package that is imported as `httpx`. What the module's target calls
    otherwise is in `targets`.
    """

    def __init__(
        self,
        public: Collection[str] = (),
        fields: Collection[str] = (),
        variables: Collection[str] = (),
        http: str = "httpx",
        targets: Mapping[str, str] | None = None,
    ) -> None:
        self.http = http
        self.targets = targets or {}
        self.public = frozenset(public)
        self.covers_builtins = self.public.union(fields)
        self.users = self.covers_builtins.union(variables)
        self.used: set[str] = set()
        self.locals: set[str] = set()
        """The variables of functions that are spelled otherwise than the user's names."""
        self._own: set[str] = set()
        self._spelled: dict[str, str] = {}

    def fill(self, text: str) -> str:
        """Spell the names from outside in a piece of Python, and note them as used."""
        return fill_outside(text, self.use)

    def use(self, name: str) -> str:
        """Note that the module reads `name` of the support, and return its spelling."""
        name = self.targets.get(name, name)
        self.used.add(name)
        return self.spelled(name)

    def spelled(self, name: str) -> str:
        """What a name of the support, an import or a builtin is called here."""
        if name not in self._spelled:
            covered = self.covers_builtins if name in _BUILTINS else self.users
            gives_way = name in covered and name not in PUBLIC
            self._spelled[name] = self._beside(name) if gives_way else name
        return self._spelled[name]

    @property
    def aliases(self) -> set[str]:
        """The names under which others are imported here so far."""
        return {spelled for name, spelled in self._spelled.items() if spelled != name}

    def own(self, wanted: str) -> str:
        """Return a module-level name that nothing else has: `wanted`, or with underscores."""
        while self.has(wanted) or wanted in self._spelled.values():
            wanted += "_"
        self._own.add(wanted)
        return wanted

    def claim(self, wanted: str) -> str:
        """Return the module-level name `wanted` of the user's, or where it is gone another."""
        if wanted not in self.public or wanted in self._own:
            return self.own(wanted)
        self._own.add(wanted)
        return wanted

    def has(self, name: str) -> bool:
        """Whether something has that name here: the user, the support, or Python."""
        known = support()
        linked = name in known.homes or name in known.imports or name in _BUILTINS
        return linked or name in self.users or name in self._own

    def _beside(self, name: str) -> str:
        taken = self.users | self.locals | self._own | support().identifiers
        taken |= _BUILTINS
        while name in taken or keyword.iskeyword(name):
            name += "_"
        return name


@dataclass(frozen=True, slots=True)
class Linked:
    """The import statements of a module, and the definitions at its end."""

    imports: str
    support: str = ""


def link_standalone(names: Names, more: Iterable[str] = ()) -> Linked:
    """Link all that the module uses into it; `more` are import statements besides."""
    known = support()
    reached = known.closure(names.used)
    read = frozenset[str]().union(*(definition.uses for definition in reached))
    spellings = {name: names.spelled(name) for name in read & known.imports.keys()}
    spellings |= {d.name: names.spelled(d.name) for d in reached}
    for name in read & names.public & _BUILTINS:
        spellings[name] = names.spelled(name)
    others = {old: new for old, new in spellings.items() if old != new}
    texts: dict[str, str] = {}
    for found in reached:
        is_changed = others.keys() & {found.name, *found.uses}
        text = found.text
        if is_changed:  # a longer name may need another line
            text = format_python(renamed(text, others)).rstrip()
        texts.setdefault(found.name, text)
    imported = names.used | read & spellings.keys()
    statements = [_imported(name, names) for name in imported]
    imports = import_text(filter(None, statements), more)
    return Linked(imports, "\n\n\n".join(texts.values()))


def link_shared(names: Names, depth: int, more: Iterable[str] = ()) -> Linked:
    """Import all that the module uses, from the package beside or above it.

    `depth` is how many folders below the output folder the module lies.
    """
    statements = [
        _from_package(name, names.spelled(name), depth) or _imported(name, names)
        for name in names.used
    ]
    return Linked(import_text(filter(None, statements), more))


def _from_package(name: str, spelled: str, depth: int) -> _Statement | None:
    home = support().homes.get(name)
    if home is None:
        return None
    module = f"{RUNTIME}.{home.replace('/', '.')}"
    return (module, depth + 1, name, name, spelled)


def _imported(name: str, names: Names) -> _Statement | None:
    """The import of a name; `None` where the module needs none for it."""
    known, spelled = support(), names.spelled(name)
    if name in known.homes:
        return None
    found = known.imports.get(name)
    if found is None:
        if spelled == name or name not in _BUILTINS:
            return None
        found = Import("builtins", name)
    module = names.http if found.module == "httpx" else found.module
    return (module, 0, name, found.member, spelled)


def import_text(
    statements: Iterable[_Statement],
    more: Iterable[str] = (),
    checked: Collection[str] = (),
) -> str:
    """The import statements, as isort orders them.

    Those of libraries that nobody has by chance stand behind the others, and say what
    to install where there is none, but for packages that are `checked` before.
    """
    every = list(statements)
    wanted = {
        package: why for package, why in _NEEDED.items() if package not in checked
    }
    text = _ordered([s for s in every if _package(s[0]) not in wanted], more)
    for why in dict.fromkeys(wanted.values()):
        needed = [s for s in every if wanted.get(_package(s[0])) == why]
        if needed:
            text = f"{text}\n\n{needed_imports(_ordered(needed), why)}"
    return text


def needed_imports(imports: str, why: str) -> str:
    """Imports that say what to install where there is no such library."""
    written = render_template("needed_imports.py.j2", imports=imports, why=why)
    return fill_outside(written, str).rstrip()


DURABLE: Final = "durable runs need `dbos`; `pip install 'n3gen[durable]'` brings it"

_NEEDED: Final = {
    "dbos": DURABLE,
    "sqlalchemy": DURABLE,
    "opentelemetry": "spans need `opentelemetry-api`; `pip install 'n3gen[otel]'` brings it",
    "prometheus_client": (
        "metrics need `prometheus-client`; `pip install 'n3gen[prometheus]'` brings it"
    ),
}
"""The libraries that a module needs beside httpx and pydantic, and where they come from."""


def _package(module: str) -> str:
    return module.partition(".")[0]


def _ordered(statements: Iterable[_Statement], more: Iterable[str] = ()) -> str:
    lines = {(_plain_key(line), line) for line in more}
    members: dict[tuple[int, str], set[str]] = {}
    for module, level, _, member, spelled in statements:
        if member is None:
            other = "" if spelled == module else f" as {spelled}"
            line = f"import {module}{other}"
            lines.add((_plain_key(line), line))
        elif spelled == member:
            members.setdefault((level, module), set()).add(member)
        else:
            line = f"from {'.' * level}{module} import {member} as {spelled}"
            lines.add((_from_key(level, module, member), line))
    for (level, module), found in members.items():
        ordered = sorted(found, key=member_order)
        line = f"from {'.' * level}{module} import {', '.join(ordered)}"
        lines.add((_from_key(level, module, ordered[0]), line))
    text: list[str] = []
    section = None
    for key, line in sorted(lines):
        if section not in (None, key[0]):
            text.append("")
        section = key[0]
        text.append(line)
    return "\n".join(text)


_LIBRARIES: Final = frozenset(
    [
        *("dbos", "httpx", "httpx2", "opentelemetry", "prometheus_client", "psycopg"),
        *("pydantic", "pydantic_core", "sqlalchemy"),
    ]
)
"""The packages of others that the support imports."""

_Key = tuple[int, int, str, tuple[int, str, str]]


def _plain_key(line: str) -> _Key:
    """The place of `import module` or `import module as name`."""
    _, module, *alias = line.split()
    return (_section(module), 0, module.lower(), (0, "", "".join(alias[1:])))


def _from_key(level: int, module: str, member: str) -> _Key:
    # Of relative imports those come first that go furthest up.
    section = 3 if level else _section(module)
    return (section, 100 - level, module.lower(), member_order(member))


def _section(module: str) -> int:
    """isort's section: what is of neither Python nor the support is the project's own."""
    package = _package(module)
    if package in sys.stdlib_module_names:
        return 0
    return 1 if package in _LIBRARIES else 2


def member_order(name: str) -> tuple[int, str, str]:
    """isort's order of imported names: constants, classes, the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return (kind, name.lower(), name)
