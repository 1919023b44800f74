"""The files that stand beside the modules of a project in its output folder.

These are the `__init__.py` of every folder, the top one being the registry of all
chains, and in the shared layout the package `_runtime` of the run-time support.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from n3gen.project.find import SpecFile
from n3gen.project.freshness import cause, input_sha

__all__ = [
    "CODE_VERSION",
    "INDEX",
    "RUNTIME",
    "Companion",
    "companions",
    "folder_version",
    "module_version",
    "runtime_imports",
    "support_package",
]

RUNTIME = "_runtime"
"""The package of the shared run-time support in an output folder."""

INDEX = f"{RUNTIME}/__init__.py"
"""Its file that lists the others, each with the definitions in it."""

_RUNTIME_IMPORT = re.compile(
    rb"^from \.+_runtime\.[\w.]+ import (?:\(([^)]*)\)|([^\r\n]*))", re.MULTILINE
)
_VERSION = re.compile(rb'^    version="([0-9a-f]+)",$', re.MULTILINE)
_STATED_VERSION = re.compile(rb'^CODE_VERSION = "([0-9a-f]+)"$', re.MULTILINE)
_CODE_VERSION = "durable/code_version"
"""The file that holds the version of the folder's durable modules."""

CODE_VERSION = f"{RUNTIME}/{_CODE_VERSION}.py"
"""Its place below the output folder."""

_INDEX_ENTRY = re.compile(r"^(\w+/\w+)\.py: (.*(?:\n {4}.*)*)", re.MULTILINE)


def support_package(shown: str) -> str | None:
    """Return the package of run-time support that a shown path is in, if it is in one."""
    folder, inside, _ = shown.partition(f"/{RUNTIME}/")
    return f"{folder}/{RUNTIME}" if inside else None


@dataclass(frozen=True, slots=True)
class Companion:
    """A file made from the modules as a whole: its path below the out folder, and from what.

    `body` gives its text without header; it is asked for stale ones only.
    """

    name: str
    source: str
    input_sha: str
    body: Callable[[], str]


def companions(
    chains: Mapping[SpecFile, tuple[str, ...]],
    runtime: frozenset[str] | None,
    index: bytes | None = None,
    http: str = "httpx",
    versions: Iterable[str] = (),
) -> list[Companion]:
    """The files that belong beside modules with these `chains`; none without modules.

    `runtime` are the run-time definitions that the modules import, `None` where each
    has its own. `http` is the package that is imported as `httpx`. `index` is the index of those that
    are there, if it can be relied on. `versions` are those of durable modules.
    """
    if not chains:
        return []
    found = [_registry(chains)]
    for folder, sources in _folders(chains).items():
        found.append(_package(folder, ", ".join(sorted(sources))))
    if runtime is not None:
        version = input_sha("versions", *sorted(versions))
        found += _runtime(_base_of(chains), runtime, index, (http, version))
    return found


def runtime_imports(module: bytes) -> frozenset[str]:
    """The names that the text of a module imports from the shared run-time support."""
    found: set[str] = set()
    for match in _RUNTIME_IMPORT.finditer(module):
        listed = (match[1] or match[2] or b"").decode().split(",")
        found.update(name.split(" as ")[0].strip() for name in listed if name.strip())
    return frozenset(found)


def module_version(module: bytes) -> str | None:
    """Return the version of the code of a durable module, whose text it is."""
    found = _VERSION.search(module)
    return None if found is None else found[1].decode()


def folder_version(code: bytes) -> str:
    """Return the version that a folder's file about it states; an empty one is none."""
    found = _STATED_VERSION.search(code)
    return "" if found is None else found[1].decode()


def _registry(chains: Mapping[SpecFile, tuple[str, ...]]) -> Companion:
    # Specs and modules list pipelines and chains in orders of their own.
    modules = {
        spec.module.replace("/", "."): tuple(sorted(names))
        for spec, names in chains.items()
    }
    parts = [part for key in sorted(modules) for part in (key, "\n".join(modules[key]))]

    def body() -> str:
        from n3gen.compiler import registry_body

        return registry_body(modules)

    key = input_sha("registry", *parts)
    return Companion("__init__.py", _base_of(chains), key, body)


def _package(folder: str, source: str) -> Companion:
    def body() -> str:
        from n3gen.compiler import package_body

        return package_body(source)

    return Companion(
        f"{folder}/__init__.py", source, input_sha("package", source), body
    )


def _runtime(
    source: str, names: frozenset[str], index: bytes | None, made: tuple[str, str]
) -> Iterable[Companion]:
    """The package of the run-time support that has definitions `names` and all theirs.

    What that is, the index says if it was made for the same names; else the support
    itself has to be read. It is `made` for a package of HTTP and a version of the code.
    """
    http, version = made
    key = input_sha("runtime", http, *sorted(names))
    if index is not None and cause(index, key) is None:
        entries = _INDEX_ENTRY.findall(index.decode().replace("\r\n", "\n"))
        contents = {
            path: tuple(held.replace(",", " ").split()) for path, held in entries
        }
    else:
        from n3gen.compiler import runtime_contents

        contents = runtime_contents(names)

    def body() -> str:
        from n3gen.compiler import runtime_index

        return runtime_index(contents)

    yield Companion(INDEX, source, key, body)
    for room in dict.fromkeys(path.partition("/")[0] for path in contents):
        yield _runtime_file(f"{room}/__init__", source, room, (), http)
    for path, held in contents.items():
        own = version if path == _CODE_VERSION else ""
        yield _runtime_file(path, source, path, held, http, own)


def _runtime_file(
    stem: str,
    source: str,
    path: str,
    names: tuple[str, ...],
    http: str,
    version: str = "",
) -> Companion:
    def body() -> str:
        from n3gen.compiler import runtime_file

        return runtime_file(path, names, http, version)

    key = input_sha("runtime", path, http, *names, *([version] if version else ()))
    return Companion(f"{RUNTIME}/{stem}.py", source, key, body)


def _base_of(specs: Iterable[SpecFile]) -> str:
    """The folders that the module paths of the specs begin below."""
    return ", ".join(sorted({_above(s.path, s.module.count("/") + 1) for s in specs}))


def _folders(specs: Iterable[SpecFile]) -> dict[str, set[str]]:
    """The folders below the out folder that hold modules, with the folders of their specs."""
    found: dict[str, set[str]] = {}
    for spec in specs:
        folder, depth = spec.module, 0
        while "/" in folder:
            folder, depth = folder.rpartition("/")[0], depth + 1
            found.setdefault(folder, set()).add(_above(spec.path, depth))
    return dict(sorted(found.items()))


def _above(path: str, levels: int) -> str:
    """The folder so many levels above a shown path; `.` for the root."""
    return "/".join(path.split("/")[:-levels]) or "."
