"""Pages, pictures and texts that are no modules: their templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import jinja2

__all__ = ["page_templates", "trace_page"]


def page_templates(
    folder: str, filters: Mapping[str, Callable[..., Any]]
) -> jinja2.Environment:
    """Return the templates of a folder, with filters beside those of Jinja.

    In those of HTML and SVG every text is escaped.
    """

    def source(name: str) -> str:
        return files("n3gen.templates").joinpath(folder, name).read_text("utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(source),
        undefined=jinja2.StrictUndefined,
        autoescape=_is_markup,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": _number, **filters}
    return environment


@lru_cache(maxsize=1)
def trace_page() -> str:
    """Return the page of traces, with `{}` in the place of its data, which is JSON."""
    return page_templates("traces", {}).get_template("page.html.j2").render()


def _is_markup(name: str | None) -> bool:
    return name is not None and name.endswith((".svg.j2", ".html.j2"))


def _number(value: float) -> str:
    """A length in few characters."""
    return f"{value:.1f}".removesuffix(".0")
