"""Compile random specs of all constructs: their modules are complete, and run.

Both spellings have the same data, what is printed as `.ai` is what `fmt` would write,
and no module reads a name that nothing defines. Each is imported beside support that the
process has once, and run. As they take the most time, shares of the specs alone are
formatted as black would, rejected alike in both spellings, built in both layouts (which
then run alike), and given to type checkers in strict mode.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from random import Random
from symtable import Symbol, SymbolTable, symtable

from n3gen.compiler import compile_file
from n3gen.source import SourceFile
from n3gen.syntax import format_ai, print_ai, print_yaml, read_document
from n3gen.syntax.document import Document

from tests.building import module_from, process_is_fresh, unformatted, whole_support
from tests.soak.findings import Findings, arguments, report
from tests.soak.fuzz_compiler import (
    SHARED,
    NamedModules,
    check_module,
    guarded,
    typed,
)
from tests.soak.hurried import garbage_waits
from tests.soak.random_specs import random_spec
from tests.soak.runs_of_specs import check_layouts, check_run
from tests.soak.typed_modules import check_types

__all__ = ["fuzz_specs"]


FORMATTED, REJECTED, BUILT, TYPED = 0.1, 0.1, 0.03, 0.05
"""The shares of specs that are formatted, that are checked in the other spelling too,
that are built in both layouts, and that are typed."""


def fuzz_specs(count: int, seed: int, *, types: bool = False) -> tuple[Findings, int]:
    """Compile `count` specs; return what was found and how many had a module."""
    findings, built = Findings(), 0
    to_type: list[SourceFile] = []
    with process_is_fresh(), whole_support() as package, garbage_waits() as collect:
        for number in range(seed, seed + count):
            random = Random(number)
            data = random_spec(random.randrange(10**9))
            document = Document(SourceFile("x.yaml", ""), data)
            text = print_yaml(document)
            with guarded(findings, text):
                if _check_spec(document, text, random, findings, package):
                    built += 1
                    if types and random.random() < TYPED:
                        to_type.append(SourceFile.of("specs/x.yaml", text))
            if number % 10 == 0:
                collect()
    if to_type:
        check_types(to_type, findings)
    return findings, built


def _check_spec(
    document: Document, text: str, random: Random, findings: Findings, package: str
) -> bool:
    source = SourceFile.of("specs/x.yaml", text)
    is_formatted = random.random() < FORMATTED
    with nullcontext() if is_formatted else unformatted():
        compilation = compile_file(source, SHARED)
    _check_spelling(document, source, findings)
    if random.random() < REJECTED:
        other = SourceFile.of("specs/x.ai", print_ai(document))
        rejected = compile_file(other, SHARED, emits=False).problems.has_errors
        if rejected != (compilation.body is None):
            findings.add("only one of the spellings builds", text=text)
    if (body := compilation.body) is None:
        return False
    if missing := undefined_names(body):
        findings.add(f"names that nothing defines: {missing}", text=text)
    check_module(body, text, findings, is_formatted=is_formatted)
    module = module_from(body, package)
    del sys.modules[module.__name__]
    if set(module.CHAINS) != set(compilation.chains):
        findings.add("CHAINS has other chains", text=text)
    seed = random.randrange(1000)
    check_run(module, text, seed, findings)
    if random.random() < BUILT:
        check_layouts(source, seed, findings)
    return True


def _check_spelling(document: Document, source: SourceFile, findings: Findings) -> None:
    """Check that a spec is the same as `.ai`, and written there as `fmt` would."""
    other = SourceFile.of("specs/x.ai", print_ai(document))
    own, _ = read_document(source)
    reread, problems = read_document(other)
    if problems or not own or not reread or typed(reread.data) != typed(own.data):
        findings.add("another document as .ai", text=source.text)
    if format_ai(other)[0] != other.text:
        findings.add("printed blocks are not as fmt writes them", text=source.text)


def undefined_names(body: str) -> list[str]:
    """Return the names that functions of a module read, and neither they nor it binds."""
    module = symtable(body, "<module>", "exec")
    bound = {s.get_name() for s in module.get_symbols() if is_bound(s)}
    # Python 3.14 reads the last of these where a module has annotations in an `if`.
    bound |= {*dir(builtins), "__file__", "__conditional_annotations__"}
    return sorted({name for name in _global_reads(module) if name not in bound})


def is_bound(symbol: Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported()


def _global_reads(scope: SymbolTable) -> Iterator[str]:
    """Yield the names that are read as those of the module, in whatever scope."""
    for symbol in scope.get_symbols():
        is_own = scope.get_type() == "module"
        if symbol.is_referenced() and (is_own or symbol.is_global()):
            yield symbol.get_name()
    for inner in scope.get_children():
        yield from _global_reads(inner)


def main() -> None:
    given = arguments("Compile random specs of all constructs.", 600)
    with NamedModules():
        findings, built = fuzz_specs(given.count, given.seed, types=True)
    print(f"{built} of {given.count} specs built")
    report("fuzz_specs", given.seed, findings)


if __name__ == "__main__":
    main()
