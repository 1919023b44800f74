"""A module put together: its chains, the support that is linked to it, its imports."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from n3gen.emit.link import definitions_text, support
from n3gen.emit.module_nodes import Import, Module
from n3gen.emit.render import Page, format_python
from n3gen.emit.texts import member_order
from n3gen.names import root_module

__all__ = ["Assembled", "render_module", "runtime_text"]

SECTION = "# Run-time support, linked by n3gen."
"""The line between a module's chains and the definitions linked for them."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A module's text and the run-time definitions that it reaches."""

    text: str
    support: frozenset[str]


def render_module(module: Module, shared: str | None, http: str = "httpx") -> Assembled:
    """The text of a module; `shared` is the module to import the support from.

    `http` is the package that is imported as `httpx`.
    """
    page = Page()
    chains = page.render("module.py.j2", module=module)
    foot = page.render("foot.py.j2", module=module)
    public, public_names = _public(module.closes, http)
    used = page.names | public_names | set(module.public_names)
    reached = support().closure(used)
    linked = ""
    if shared is None:
        imports = _imports(
            used | support().names_used(reached), module.imports, http=http
        )
        linked = definitions_text(reached)
    else:
        direct = sorted(used & support().definitions.keys(), key=member_order)
        imports = _imports(
            used, module.imports, Import(shared, members=tuple(direct)), http
        )
    head = page.render("head.py.j2", module=module, sections=imports)
    parts = [format_python(f"{head}\n\n{chains}").rstrip(), public.rstrip()]
    parts += [SECTION, linked] if linked else []
    return Assembled("\n\n\n".join([*parts, format_python(foot)]), reached)


def runtime_text(reached: Iterable[str], http: str = "httpx") -> str:
    """The text of a shared run-time module with the definitions `reached`."""
    names = support().closure(reached)
    imports = _imports(support().names_used(names), (), http=http)
    head = Page().render("runtime.py.j2", sections=imports)
    return f"{format_python(head)}\n\n{definitions_text(names)}\n"


@lru_cache(maxsize=4)
def _public(closes: tuple[str, ...], http: str) -> tuple[str, frozenset[str]]:
    """The functions that are the same in every module, formatted once for all."""
    page = Page()
    text = format_python(
        page.render(
            "public.py.j2",
            closes=closes,
            http=http,
            uses_http="close_clients" in closes,
        )
    )
    return text, frozenset({*page.names, *closes})


def _imports(
    names: Iterable[str],
    more: Iterable[Import],
    support_from: Import | None = None,
    http: str = "httpx",
) -> list[list[Import]]:
    """The imports that bring in `names`, as isort orders them, in sections."""
    members: dict[str, set[str]] = {}
    plain = set(more)
    for name in names:
        module, member = support().imports.get(name, (None, None))
        if module is not None and member is not None:
            members.setdefault(module, set()).add(member)
        elif module is not None:
            is_other = module == "httpx" and http != module
            plain.add(Import(http, "httpx") if is_other else Import(module))
    found = sorted(plain, key=lambda item: (item.module.lower(), item.alias or ""))
    for module in sorted(members):
        ordered = sorted(members[module], key=member_order)
        found.append(Import(module, members=tuple(ordered)))
    sections = [
        [item for item in found if _is_of_python(item) == is_of_python]
        for is_of_python in (True, False)
    ]
    sections += [[support_from]] if support_from is not None else []
    return [section for section in sections if section]


def _is_of_python(item: Import) -> bool:
    return root_module(item.module) in sys.stdlib_module_names
