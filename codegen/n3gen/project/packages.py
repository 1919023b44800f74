"""Takes the modules of a project; hands on the files that stand beside them in the out folder.

These are the `__init__.py` of every folder, the top one being the registry of
all chains, and in shared mode `_runtime.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from n3gen.project.find import SpecFile
from n3gen.project.freshness import input_sha

__all__ = ["Companion", "companions", "runtime_imports"]

_RUNTIME_IMPORT = re.compile(
    rb"^from \.+_runtime import (?:\(([^)]*)\)|([^\n]*))", re.MULTILINE
)


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
    http: str = "httpx",
) -> list[Companion]:
    """The files that belong beside modules with these `chains`; none without modules.

    `runtime` are the run-time definitions that the modules import, `None` where
    each has its own.
    """
    if not chains:
        return []
    found = [_registry(chains)]
    for folder, sources in _folders(chains).items():
        found.append(_package(folder, ", ".join(sorted(sources))))
    if runtime is not None:
        found.append(_runtime(_base_of(chains), runtime, http))
    return found


def runtime_imports(module: bytes) -> frozenset[str]:
    """The names that the text of a module imports from the shared run-time support."""
    found = _RUNTIME_IMPORT.search(module)
    if found is None:
        return frozenset()
    listed = (found[1] or found[2] or b"").decode()
    return frozenset(name.strip() for name in listed.split(",") if name.strip())


def _registry(chains: Mapping[SpecFile, tuple[str, ...]]) -> Companion:
    modules = {spec.module.replace("/", "."): names for spec, names in chains.items()}
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


def _runtime(source: str, names: frozenset[str], http: str) -> Companion:
    def body() -> str:
        from n3gen.compiler import runtime_body

        return runtime_body(names, http)

    return Companion(
        "_runtime.py", source, input_sha("runtime", http, *sorted(names)), body
    )


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
