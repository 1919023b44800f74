"""Takes a module model; hands on the module's text, its chain code formatted by black."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import black
import jinja2
from black.mode import TargetVersion

from n3gen.emit.link import definitions_text, names_in, support
from n3gen.emit.module import ModuleModel
from n3gen.emit.texts import member_order
from n3gen.expressions import literal

__all__ = [
    "Rendered",
    "format_python",
    "imports_text",
    "render_module",
    "render_template",
    "runtime_text",
]

SECTION = "# Run-time support, linked by n3gen."
"""The line between a module's chains and the definitions linked for them."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A module's text and the run-time definitions that it reaches."""

    text: str
    support: frozenset[str]


def render_module(
    model: ModuleModel, shared: str | None, http: str = "httpx"
) -> Rendered:
    """The module for `model`; `shared` is the module to import the support from."""
    rendered = render_template("module.py.j2", module=model, section=SECTION)
    public = _public_text(model.closes, http)
    used = names_in(ast.parse(rendered + public)) | set(model.public_names)
    reached = support().closure(used)
    if shared is None:
        imports = imports_text(
            used | support().names_used(reached), model.imports, http
        )
        linked = definitions_text(reached)
    else:
        direct = sorted(used & support().definitions.keys(), key=member_order)
        imports = imports_text(used, model.imports, http)
        imports += f"\n\nfrom {shared} import {', '.join(direct)}"
        linked = ""
    formatted = format_python(rendered.replace("# IMPORTS\n", imports + "\n", 1))
    chains, _, after = formatted.partition(SECTION)
    chains = chains.rstrip().removesuffix("# PUBLIC") + public.rstrip()
    parts = [chains, *([SECTION, linked] if linked else []), after.lstrip()]
    return Rendered("\n\n\n".join(parts), reached)


@lru_cache(maxsize=4)
def _public_text(closes: tuple[str, ...], http: str) -> str:
    """The functions that are the same in every module, formatted once for all."""
    return format_python(
        render_template(
            "public.py.j2",
            closes=closes,
            http=http,
            uses_http="close_clients" in closes,
        )
    )


def render_template(name: str, **context: object) -> str:
    """A template's text, as it comes out before black."""
    return _environment().get_template(name).render(context)


def runtime_text(reached: Iterable[str], http: str = "httpx") -> str:
    """The text of a shared run-time module with the definitions `reached`."""
    names = support().closure(reached)
    imports = imports_text(support().names_used(names), (), http)
    head = format_python(
        '"""Run-time support of the modules in this folder."""\n\n'
        f"from __future__ import annotations\n\n{imports}"
    )
    return f"{head}\n\n{definitions_text(names)}\n"


def imports_text(names: Iterable[str], more: Iterable[str], http: str = "httpx") -> str:
    """The import statements that bring in `names`, as isort orders them.

    `http` is the package that is imported as `httpx`.
    """
    plain: set[str] = set(more)
    members: dict[str, set[str]] = {}
    for name in names:
        module, member = support().imports.get(name, (None, None))
        if module is not None and member is not None:
            members.setdefault(module, set()).add(member)
        elif module is not None:
            is_other = module == "httpx" and http != "httpx"
            plain.add(f"import {http} as httpx" if is_other else f"import {module}")
    lines = {(_section(line.split()[1]), 0, line.lower(), line) for line in plain}
    for module, found in members.items():
        ordered = ", ".join(sorted(found, key=member_order))
        line = f"from {module} import {ordered}"
        lines.add((_section(module), 1, module, line))
    text: list[str] = []
    section = 0
    for at, _, _, line in sorted(lines):
        if text and at != section:
            text.append("")
        section = at
        text.append(line)
    return "\n".join(text)


def format_python(text: str) -> str:
    """The text as black leaves it."""
    return black.format_str(text, mode=_MODE)


_MODE = black.Mode(target_versions={TargetVersion.PY311})


def _section(module: str) -> int:
    return 0 if module.partition(".")[0] in sys.stdlib_module_names else 1


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    folder = files("n3gen.templates")

    def load(name: str) -> str:
        return folder.joinpath(name).read_text(encoding="utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(load),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["literal"] = literal
    return environment
