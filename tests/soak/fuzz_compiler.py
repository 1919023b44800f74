"""Compile mutated specs: any text gives diagnostics inside of it, or a module that runs.

Faults are an exception, a span outside its file, an error without a module that says
nothing, a format that is not what it claims, `fmt` that changes the meaning or does not
settle, a module that Python, black or an import rejects, and two spellings that differ.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from random import Random
from types import ModuleType
from typing import Any
from xml.dom import minidom

import black
from n3gen.compiler import Compilation, Options, compile_file
from n3gen.diagnostics.formats import FORMATS
from n3gen.diagnostics.rule import Severity
from n3gen.source import SourceFile
from n3gen.syntax import format_ai, print_ai, print_yaml, read_document
from n3gen.syntax.document import Document

from tests.building import module_from
from tests.soak.findings import Findings, arguments, report
from tests.soak.mutations import mutated

__all__ = [
    "SHARED",
    "NamedModules",
    "check_import",
    "check_module",
    "fuzz_compiler",
    "guarded",
    "typed",
]

CPU_SECONDS = 30.0
"""How long a text, and all checks of its module, may take in the time of the process."""

SHARED = Options(runtime="shared")
"""Modules without their run-time support compile in a fraction of the time."""


class NamedModules(MetaPathFinder, Loader):
    """Finds any module that a spec may name under `app` or `lib`, with any function.

    It is used as a context, after which the process knows none of these modules.
    """

    ROOTS = ("app", "lib")

    def __enter__(self) -> None:
        sys.meta_path.append(self)

    def __exit__(self, *raised: object) -> None:
        sys.meta_path.remove(self)
        for name in [n for n in sys.modules if n.partition(".")[0] in self.ROOTS]:
            del sys.modules[name]

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in self.ROOTS:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        def function(name: str) -> Callable[..., Any]:
            if name.startswith("__"):  # what Python asks of modules is no function
                raise AttributeError(name)
            made = ["a", {"text": "b"}, 3] if name == "items" else None
            return lambda *args, **kwargs: made

        vars(module)["__getattr__"] = function


def fuzz_compiler(count: int, seed: int) -> Findings:
    """Compile `count` mutated texts."""
    random, findings = Random(seed), Findings()
    for _ in range(count):
        suffix, text = mutated(random)
        with guarded(findings, text):
            _check_text(suffix, text, random, findings)
    return findings


class guarded:
    """Record an exception, or too much time, as a fault of an input."""

    def __init__(self, findings: Findings, text: str) -> None:
        self.findings, self.text = findings, text

    def __enter__(self) -> None:
        self.findings.count += 1
        self.began = time.process_time()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if time.process_time() - self.began > CPU_SECONDS:
            self.findings.add(f"more than {CPU_SECONDS:g} s", text=self.text)
        if not isinstance(error, Exception):
            return False
        frame = traceback.extract_tb(trace)[-1]
        where = f"{type(error).__name__} at {frame.filename}:{frame.lineno}"
        detail = "".join(traceback.format_exception(error, limit=-6))
        self.findings.add(where, detail, self.text)
        return True


def _check_text(suffix: str, text: str, random: Random, findings: Findings) -> None:
    source = SourceFile.of(f"specs/x{suffix}", text)
    compilation = compile_file(source, SHARED)
    _check_problems(compilation, text, findings)
    document, problems = read_document(source)
    if document is not None and not problems and suffix == ".ai":
        _check_format(source, document, findings)
    if compilation.body is None:
        return
    if document is not None and random.random() < 0.3:
        _check_spellings(document, compilation, text, findings)
    check_module(compilation.body, text, findings)
    if random.random() < 0.1:
        check_import(source, text, findings)


def _check_problems(compilation: Compilation, text: str, findings: Findings) -> None:
    problems = compilation.problems
    for problem in problems:
        for label in problem.labels:
            start, end = label.span.start, label.span.end
            if not 0 <= start <= end <= len(label.file.text):
                kind = f"span outside of the file: {problem.rule.code}"
                findings.add(kind, f"{start}:{end} {problem.message}", text)
    errors = [p for p in problems if p.severity is Severity.ERROR]
    if compilation.body is None and compilation.chains and not errors:
        findings.add("neither a module nor an error", text=text)
    for name, drawn in FORMATS.items():
        shown = drawn(list(problems), False)
        shown.encode()
        if name in ("json", "gitlab", "sarif"):
            json.loads(shown)
        elif name == "junit":
            minidom.parseString(shown.encode())
        elif name == "text" and any(c < " " and c != "\n" for c in shown):
            findings.add("control character in a message", repr(shown)[:2000], text)


def typed(value: Any) -> Any:
    """Return data that compares types too: `1`, `1.0` and `True` are equal to Python."""
    if isinstance(value, dict):
        return {key: typed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [typed(part) for part in value]
    return type(value).__name__, repr(value)


def _check_format(source: SourceFile, document: Document, findings: Findings) -> None:
    once, _ = format_ai(source)
    if once is None:
        return
    again = SourceFile.of(source.path, once)
    reread, problems = read_document(again)
    if problems or reread is None or typed(reread.data) != typed(document.data):
        findings.add("fmt changes the meaning", once, source.text)
    if format_ai(again)[0] != once:
        findings.add("fmt does not settle", once, source.text)
    if once.count("#") != source.text.count("#"):
        findings.add("fmt loses a comment", once, source.text)


def _check_spellings(
    document: Document, compilation: Compilation, text: str, findings: Findings
) -> None:
    for suffix, spelled in ((".ai", print_ai), (".yaml", print_yaml)):
        other = SourceFile.of(f"specs/x{suffix}", spelled(document))
        reread, problems = read_document(other)
        if problems or reread is None or typed(reread.data) != typed(document.data):
            findings.add(f"another document as {suffix}", other.text, text)
        elif compile_file(other, SHARED, emits=False).problems.has_errors:
            findings.add(f"no module from it as {suffix}", other.text, text)


def check_module(
    body: str, text: str, findings: Findings, *, is_formatted: bool = True
) -> None:
    """Check that a module is Python free of odd characters, as black writes it."""
    compile(body, "<module>", "exec")
    if any(not c.isprintable() and c != "\n" for c in body):
        findings.add("a character in a module that nobody sees", text=text)
    if is_formatted and black.format_str(body, mode=black.Mode()) != body:
        findings.add("black would change a module", text=text)


def check_import(source: SourceFile, text: str, findings: Findings) -> None:
    """Check that the standalone module of a spec can be imported, and has its chains."""
    compilation = compile_file(source)
    assert compilation.body is not None
    module = module_from(compilation.body)
    del sys.modules[module.__name__]
    if set(module.CHAINS) != set(compilation.chains):
        findings.add("CHAINS has other chains", text=text)


def main() -> None:
    given = arguments("Compile mutated specs.", 3000)
    with NamedModules():
        findings = fuzz_compiler(given.count, given.seed)
    report("fuzz_compiler", given.seed, findings)


if __name__ == "__main__":
    main()
