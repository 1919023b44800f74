"""A module put together: its chains, the support that is linked to it, its imports."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from n3gen.emit.formatting import format_once, format_python
from n3gen.emit.link import Linked, link_shared, link_standalone
from n3gen.emit.module_nodes import Module
from n3gen.emit.render import Page, render_template
from n3gen.emit.support import support
from n3gen.names import fill_outside

__all__ = ["Assembled", "render_module"]

SECTION = "# Run-time support, linked by n3gen."
"""The line between a module's chains and the definitions linked for them."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A module's text, and the definitions of the run-time support that it names."""

    text: str
    support: frozenset[str]


def render_module(module: Module, depth: int | None) -> Assembled:
    """The text of a module.

    `depth` is how many folders below the output folder it lies, where the support is
    shared; without one the module gets its own.
    """
    names = module.names
    chains = format_python(_filled("module.py.j2", module))
    public = format_once(_filled("public.py.j2", module))
    version = module.version or _version(chains)
    foot = format_python(_filled("foot.py.j2", module, version))
    for name in (*module.public_names, *module.closes):
        if name not in names.public:
            names.use(name)
    linked = _linked(module, depth)
    start = fill_outside(render_template("start.py.j2", depth=depth), str)
    imports = linked.imports
    head = render_template("head.py.j2", module=module, start=start, imports=imports)
    parts = [format_python(fill_outside(head, str)), chains, public]
    parts += [SECTION, linked.support] if linked.support else []
    text = "\n\n\n".join(part.strip("\n") for part in (*parts, foot))
    return Assembled(f"{text}\n", frozenset(names.used & support().homes.keys()))


def _filled(template: str, module: Module, version: str = "") -> str:
    page = Page(module.target.templates)
    return module.names.fill(page.render(template, module=module, version=version))


def _version(chains: str) -> str:
    """What changes with the code of a module's chains, or of any support for it."""
    return sha256(f"{support().digest}\n{chains}".encode()).hexdigest()[:16]


def _linked(module: Module, depth: int | None) -> Linked:
    more = [
        (
            f"import {item.module} as {item.alias}"
            if item.alias
            else f"import {item.module}"
        )
        for item in module.imports
    ]
    if depth is None:
        return link_standalone(module.names, more)
    return link_shared(module.names, depth, more)
