"""Compile random specs of all constructs: their modules are formatted, complete, importable.

Besides, both spellings build the same chains, and what is printed as `.ai` is what `fmt`
would write. Some of the modules run, in both layouts; those of some others are clean to
type checkers in strict mode.
"""

from __future__ import annotations

import ast
import builtins
from random import Random

from n3gen.compiler import compile_file
from n3gen.source import SourceFile
from n3gen.syntax import format_ai, print_ai, print_yaml
from n3gen.syntax.document import Document

from tests.soak.findings import Findings, arguments, report
from tests.soak.fuzz_compiler import (
    SHARED,
    NamedModules,
    check_import,
    check_module,
    guarded,
)
from tests.soak.random_specs import random_spec
from tests.soak.runs_of_specs import check_layouts
from tests.soak.typed_modules import check_types

__all__ = ["fuzz_specs"]


RUN, IMPORTED, TYPED = 0.1, 0.1, 0.02
"""The shares of modules that run, that are imported, and that are typed."""


def fuzz_specs(count: int, seed: int, *, types: bool = False) -> tuple[Findings, int]:
    """Compile `count` specs; return what was found and how many had a module."""
    random, findings, built = Random(seed), Findings(), 0
    typed: list[SourceFile] = []
    for _ in range(count):
        document = Document(
            SourceFile("x.yaml", ""), random_spec(random.randrange(10**9))
        )
        text = print_yaml(document)
        with guarded(findings, text):
            if _check_spec(document, text, random, findings):
                built += 1
                if types and random.random() < TYPED:
                    typed.append(SourceFile.of("specs/x.yaml", text))
    if typed:
        check_types(typed, findings)
    return findings, built


def _check_spec(
    document: Document, text: str, random: Random, findings: Findings
) -> bool:
    source = SourceFile.of("specs/x.yaml", text)
    compilation = compile_file(source, SHARED)
    other = SourceFile.of("specs/x.ai", print_ai(document))
    rejected = compile_file(other, SHARED, emits=False).problems.has_errors
    if rejected != (compilation.body is None):
        findings.add("only one of the spellings builds", other.text, text)
    if compilation.body is None:
        return False
    if format_ai(other)[0] != other.text:
        findings.add("printed blocks are not as fmt writes them", other.text, text)
    if missing := undefined_names(compilation.body):
        findings.add(f"names that nothing defines: {missing}", text=text)
    check_module(compilation, text, findings)
    if random.random() < IMPORTED:
        check_import(source, text, findings)
    if random.random() < RUN:
        check_layouts(source, random.randrange(1000), findings)
    return True


def undefined_names(body: str) -> list[str]:
    """Return the names that a module reads, and binds nowhere."""
    read: set[str] = set()
    bound = {*dir(builtins), "__name__", "__file__"}
    for node in ast.walk(ast.parse(body)):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                read.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                bound.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound.add(node.name)
            case ast.Import() | ast.ImportFrom():
                names = [alias.asname or alias.name for alias in node.names]
                bound.update(name.partition(".")[0] for name in names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                bound.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                bound.add(name)
    return sorted(read - bound)


def main() -> None:
    given = arguments("Compile random specs of all constructs.", 600)
    with NamedModules():
        findings, built = fuzz_specs(given.count, given.seed, types=True)
    print(f"{built} of {given.count} specs built")
    report("fuzz_specs", given.seed, findings)


if __name__ == "__main__":
    main()
