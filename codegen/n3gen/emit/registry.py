"""The registry of an output folder: the text of the package that finds its chains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from n3gen.emit.formatting import format_python
from n3gen.emit.render import render_template
from n3gen.names import fill_outside

__all__ = ["registry_text"]


def registry_text(modules: Mapping[str, tuple[str, ...]]) -> str:
    """The package's text; a chain of several modules is known as `module:name`."""
    counts = Counter(name for names in modules.values() for name in names)
    entries = {
        (name if counts[name] == 1 else f"{module}:{name}"): (module, name)
        for module, names in sorted(modules.items())
        for name in names
    }
    text = render_template("registry.py.j2", entries=sorted(entries.items()))
    return format_python(fill_outside(text, str))
