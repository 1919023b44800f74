"""The text of a module: its parts rendered, linked, formatted and put together."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.formatting import format_once, format_python
from n3gen.emit.link import Linked, link_shared, link_standalone
from n3gen.emit.module import ModuleModel
from n3gen.emit.support import support
from n3gen.emit.templating import render_template
from n3gen.names import fill_outside

__all__ = ["SECTION", "Rendered", "render_module"]

SECTION = "# Run-time support, linked by n3gen."
"""The line between a module's chains and what is linked for them."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A module's text, and the definitions of the run-time support that it names."""

    text: str
    support: frozenset[str]


def render_module(model: ModuleModel, depth: int | None) -> Rendered:
    """Render the module for `model`.

    `depth` is how many folders below the output folder it lies, where the support is
    shared; without one the module gets its own.
    """
    names = model.names
    chains = format_python(_filled("chains.py.j2", model))
    public = format_once(_filled("public.py.j2", model))
    offers = format_python(_filled("offers.py.j2", model))
    for name in model.public_names:
        names.use(name)
    linked = _linked(model, depth)
    start = fill_outside(render_template("start.py.j2", depth=depth), str)
    head = format_python(
        render_template("head.py.j2", module=model, start=start, imports=linked.imports)
    )
    parts = [
        head,
        chains,
        public,
        *([SECTION, linked.support] if linked.support else []),
    ]
    text = "\n\n\n".join(part.strip("\n") for part in (*parts, offers))
    return Rendered(f"{text}\n", frozenset(names.used & support().homes.keys()))


def _filled(template: str, model: ModuleModel) -> str:
    return model.names.fill(render_template(template, module=model))


def _linked(model: ModuleModel, depth: int | None) -> Linked:
    if depth is None:
        return link_standalone(model.names, model.imports)
    return link_shared(model.names, depth, model.imports)
