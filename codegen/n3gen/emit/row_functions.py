"""The texts of tests that rows fill in, as the functions of a module of their own."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.emit.link import Names, link_standalone
from n3gen.expressions import Parsed, to_python

__all__ = ["functions_text"]


def functions_text(texts: Sequence[Parsed], parameters: Sequence[str]) -> str:
    """A module whose function `text_N` returns what the text of that index gives.

    All of them have the same `parameters`, which are the names that the texts read.
    """
    names = Names(variables=parameters)
    sources = {name: name for name in parameters}
    listed = ", ".join(parameters)
    functions = [
        f"def text_{index}({listed}):\n    return {to_python(text, sources).source}\n"
        for index, text in enumerate(texts)
    ]
    body = names.fill("\n\n".join(functions))
    linked = link_standalone(names)
    future = "from __future__ import annotations"
    return "\n\n".join((future, linked.imports, linked.support, body))
