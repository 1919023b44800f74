"""Compiling texts that are in no folder."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.check.shared import differences
from n3gen.compiler import Options, compile_file
from n3gen.diagnostics import Problems
from n3gen.source import SourceFile
from n3gen.syntax import read_document

__all__ = ["EXAMPLE_MODULES", "MISSPELT", "PythonTexts", "problems_of"]

EXAMPLE_MODULES = {
    "app/actors.py": "class Counter:\n    def increment(self, by=1): ...\n",
    "app/texts.py": "def count(text, least=1): ...\n",
    "beside.ai": "limit example_db: 5\n",
}
"""The files of the project that the examples of pages are in."""

MISSPELT = "my_ap"
"""The package that is not installed where examples are compiled: all others are."""


def problems_of(
    path: str,
    text: str,
    others: Mapping[str, str] | None = None,
    target: str = "asyncio",
) -> Problems:
    """What is wrong with a spec; `others` are the texts of the files it uses, by path.

    Those of Python are modules of the project, in which functions are looked up, and
    those that begin with `beside` are files of other modules.
    """
    texts = others or {}
    files = {
        name: SourceFile.of(name, other)
        for name, other in texts.items()
        if not name.endswith(".py") and not name.startswith("beside")
    }
    python = PythonTexts(
        {
            name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): other
            for name, other in texts.items()
            if name.endswith(".py")
        }
    )
    source = SourceFile.of(path, text)
    problems = compile_file(
        source, Options(target=target), used=files, python=python
    ).problems
    beside = [
        SourceFile.of(name, other)
        for name, other in texts.items()
        if name.startswith("beside")
    ]
    documents = (read_document(file)[0] for file in (*beside, source))
    problems.extend(differences(d for d in documents if d is not None))
    return problems


class PythonTexts:
    """The modules of a project that is in no folder."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def text(self, module: str) -> str | None:
        return self.texts.get(module)

    def lacks(self, module: str) -> bool:
        package = module.rpartition(".")[0]
        return package in self.texts and module not in self.texts

    def knows(self, module: str) -> bool:
        return module.partition(".")[0] != MISSPELT
