"""What specs offer to callers, and what breaks between two of them."""

from __future__ import annotations

from n3gen.compiler import Options, compile_file
from n3gen.diagnostics import Diagnostic, Label
from n3gen.interface.compare import breaking_changes
from n3gen.interface.model import Interface
from n3gen.interface.read import module_interface
from n3gen.project.interfaces import Offer
from n3gen.source import SourceFile

__all__ = ["changes", "offer"]


def offer(text: str, ending: str = "ai", options: Options | None = None) -> Offer:
    """What the module `spec` of a spec offers."""
    options = options or Options()
    source = SourceFile.of(f"spec.{ending}", text)
    compilation = compile_file(source, options, emits=False)
    problems = [problem.message for problem in compilation.problems]
    assert not compilation.problems.has_errors, problems
    modules = {"spec": module_interface(compilation, options)}
    return Offer(Interface(modules=modules), 1, {"spec": compilation})


def changes(before: Offer, after: Offer) -> list[Diagnostic]:
    """What breaks from one to the other."""

    def locate(module: str, chain: str | None, keys: tuple[str, ...]) -> Label:
        return after.find(module, chain, keys) or before.top(module)

    return [*breaking_changes(before.interface, after.interface, locate)]
