"""The texts of tests that rows fill in, as the functions of a module of their own."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.emit.link import Names, link_standalone
from n3gen.emit.render import render_template
from n3gen.expressions import Parsed, to_python
from n3gen.names import fill_outside

__all__ = ["functions_text"]


def functions_text(texts: Sequence[Parsed], parameters: Sequence[str]) -> str:
    """A module whose function `text_N` returns what the text of that index gives.

    All of them have the same `parameters`, which are the names that the texts read.
    """
    names = Names(variables=parameters)
    known = {name: name for name in parameters}
    sources = [names.fill(to_python(text, known).source) for text in texts]
    linked = link_standalone(names)
    text = render_template(
        "row_texts.py.j2",
        linked=linked,
        parameters=", ".join(parameters),
        sources=sources,
    )
    return fill_outside(text, str)
