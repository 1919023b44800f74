"""Reading, printing and formatting of a spec file in either spelling."""

from __future__ import annotations

import re

from n3gen.diagnostics import Diagnostic, Problems
from n3gen.diagnostics.file_rules import UnreadableFile
from n3gen.source import SourceFile
from n3gen.syntax.document import Document

__all__ = [
    "format_ai",
    "print_ai",
    "print_yaml",
    "read_document",
    "used_files",
]

# Where a `use` can be, in any spelling that a reader takes for it; each pattern begins
# with a plain character, which lets `re` run through a text quickly.
_USE_LINE = re.compile(r"\n[ \t]*+[\"']?use(?![\w.-])")
_USE_KEY = re.compile(r"use(?<![\w.-]use)[\"']?\s*+:")
_USE_MARKED = re.compile(r"\?\s++[\"']?use")
_USE_ESCAPED = re.compile(r"\\(?:x|u00|U000000)(?:75|73|65)")


def read_document(
    source: SourceFile,
) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """The document of a spec file, and what is wrong with its text.

    A path that ends in `.ai` is read as blocks, any other as YAML. With errors
    the document holds what could be read; it is `None` where that is nothing.
    """
    from n3gen.syntax.canonical import canonical
    from n3gen.syntax.characters import checked
    from n3gen.syntax.nodes import build
    from n3gen.syntax.rules import NotText

    if source.unreadable:
        return None, (UnreadableFile.of(source),)
    problems = Problems()
    file = checked(source, problems)
    if any(problem.rule is NotText for problem in problems):
        return None, tuple(problem for problem in problems if problem.rule is NotText)
    if source.path.endswith(".ai"):
        from n3gen.syntax.lower import lower
        from n3gen.syntax.parser import parse

        root = lower(file, parse(file, problems), problems)
    else:
        from n3gen.syntax.yaml_reader import read_yaml

        read = read_yaml(file, problems)
        if read is None:
            return None, tuple(problems)
        root = read
    document = build(source, canonical(root, file, problems), problems)
    found = tuple(problems)
    if file is not source:
        found = _without_echoes(found)
    return document, found


def _without_echoes(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The problems without those that a wrong character has caused on its own line.

    What is no text at all is that alone.
    """
    from n3gen.syntax.rules import ControlCharacter, NotText

    if odd := tuple(problem for problem in found if problem.rule is NotText):
        return odd
    lines = {_line(problem) for problem in found if problem.rule is ControlCharacter}
    return tuple(
        p for p in found if p.rule is ControlCharacter or _line(p) not in lines
    )


def _line(problem: Diagnostic) -> int:
    return problem.file.text.count("\n", 0, problem.label.span.start)


def used_files(source: SourceFile) -> tuple[str, ...]:
    """The texts of a file's `use` entries, in order; quick where it has none."""
    if not _may_use(source):
        return ()
    document, _ = read_document(source)
    entries = document.data.get("use") if document is not None else None
    if not isinstance(entries, list):
        return ()
    return tuple(entry for entry in entries if isinstance(entry, str))


def _may_use(source: SourceFile) -> bool:
    text = source.text
    if "\\" in text and _USE_ESCAPED.search(text):
        return True
    if "use" not in text:
        return False
    if source.path.endswith(".ai"):
        first = text[:200].lstrip(" \t").startswith(("use", '"use', "'use"))
        return first or _USE_LINE.search(text) is not None
    return bool(_USE_KEY.search(text) or _USE_MARKED.search(text))


def print_ai(document: Document) -> str:
    """The document in the blocks of `.ai`; reading it again gives the same data."""
    from n3gen.syntax.ai_print import print_ai as printed
    from n3gen.syntax.spellings import with_spellings

    return printed(with_spellings(document))


def print_yaml(document: Document) -> str:
    """The document in YAML; reading it again gives the same data."""
    from n3gen.syntax.spellings import with_spellings
    from n3gen.syntax.yaml_print import print_yaml as printed

    return printed(with_spellings(document))


def format_ai(source: SourceFile) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """An `.ai` file in canonical style, comments kept.

    `None` where the file has errors, which are given.
    """
    from n3gen.syntax.ai_format import format_ai as formatted

    if source.unreadable:
        return None, (UnreadableFile.of(source),)
    text, found = formatted(source)
    return text, _without_echoes(found)
