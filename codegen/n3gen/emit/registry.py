"""Takes the chains of all modules; hands on the text of the package that finds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from n3gen.emit.render import format_python, render_template

__all__ = ["registry_text"]


def registry_text(modules: Mapping[str, tuple[str, ...]]) -> str:
    """The package's text; a chain of several modules is known as `module:name`."""
    counts = Counter(name for names in modules.values() for name in names)
    entries = {
        (name if counts[name] == 1 else f"{module}:{name}"): (module, name)
        for module, names in sorted(modules.items())
        for name in names
    }
    return format_python(
        render_template("registry.py.j2", entries=sorted(entries.items()))
    )
