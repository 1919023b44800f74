"""Specs that are typed on: what is kept of an earlier text tells the same as a fresh look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from n3gen.compiler import compile_file
from n3gen.diagnostics import Diagnostic
from n3gen.plan.kept import Kept
from n3gen.source import SourceFile

from tests.compiling import EXAMPLE_MODULES, PythonTexts
from tests.soak.corpus import corpus

__all__ = ["compare_edits", "told"]

_DEFINED = re.compile(r"^(?:[a-z]+) (\w+)", re.MULTILINE)
_WORD = re.compile(r"\w+")
_PYTHON = PythonTexts(
    {
        path.removesuffix(".py").replace("/", "."): text
        for path, text in EXAMPLE_MODULES.items()
    }
)


def told(
    suffix: str, text: str, kept: Kept | None = None
) -> tuple[list[Diagnostic], list[str]]:
    """All that is wrong with a text, and the chains that have plans."""
    found = compile_file(
        SourceFile.of(f"a{suffix}", text), emits=False, python=_PYTHON, kept=kept
    )
    return list(found.problems), [*found.plans]


def compare_edits(count: int, random: Random, edits: int = 6) -> Iterator[str]:
    """Edit so many texts step by step; yield those that are told of otherwise."""
    for _ in range(count):
        suffix, text = _joined(random)
        kept = Kept()
        for _ in range(edits):
            if told(suffix, text, kept) != told(suffix, text):
                yield text
                break
            before, text = text, _edited(random, text)
            if random.random() < 0.2 and told(suffix, text, kept) != told(suffix, text):
                yield text
                break
            if random.random() < 0.4:
                text = _edited(random, before)


def _joined(random: Random) -> tuple[str, str]:
    """Some specs of the corpus in one, each with names of its own."""
    if random.random() < 0.25:
        return random.choice([one for one in corpus() if one[0] != ".ai"])
    texts = [text for suffix, text in corpus() if suffix == ".ai"]
    chosen = [random.choice(texts) for _ in range(random.choice((1, 2, 4)))]
    return ".ai", "\n".join(_renamed(text, at) for at, text in enumerate(chosen))


def _renamed(text: str, number: int) -> str:
    names = {*_DEFINED.findall(text)}
    return _WORD.sub(lambda w: f"{w[0]}{number}" if w[0] in names else w[0], text)


def _edited(random: Random, text: str) -> str:
    """The text after one edit, such as people make."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    words = _WORD.findall(text) or ["a"]
    match random.randrange(7):
        case 0:
            del lines[at]
        case 1:
            lines.insert(random.randrange(len(lines)), lines[at])
        case 2:
            lines.insert(at, "# a remark")
        case 3:
            column = random.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:column] + "x" + lines[at][column:]
        case 4:
            place = random.choice([*_WORD.finditer(lines[at]), None])
            if place is not None:
                start, end = place.span()
                lines[at] = lines[at][:start] + random.choice(words) + lines[at][end:]
        case 5:
            lines.insert(at, lines[at][: len(lines[at]) // 2])
        case _:
            lines.insert(at, "")
    return "\n".join(lines)
