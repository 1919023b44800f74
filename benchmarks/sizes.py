"""Print how many lines small modules have: those of their own, and those linked to them.

With `--why` each definition of the run-time support is listed with what reaches it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from n3gen.compiler import compile_file
from n3gen.emit.support import Definition, support
from n3gen.source import SourceFile

from benchmarks.measure import table

__all__ = ["SPECS", "Size", "size_of"]

CONNECTORS = """\
chain feedback:
    step analyze_twitter:
        target: sentiment_analyzer
        parallel: true
        options: {source: twitter}
    step analyze_reviews:
        target: sentiment_analyzer
        parallel: true
        options: {source: reviews}
    step aggregate_results:
        target: aggregator
        depends_on: [analyze_twitter, analyze_reviews]
"""

HTTP = """\
chain weather:
    step forecast:
        url: "https://example.org/v1/{{ payload.city }}"
"""

TYPED = """\
type Sentiment:
    label: one of [positive, negative, neutral]
    score: float

connection openai:
    api: openai
    api_key: env("OPENAI_API_KEY")

chain sentiment:
    step classify:
        model: gpt-4o-mini
        prompt: "How does this sound? {{ payload.text }}"
        output: Sentiment
"""

SPECS = {
    "connectors": CONNECTORS,
    "an `http` step": HTTP,
    "a typed answer of OpenAI's": TYPED,
}
"""Specs that ask for little, by what they have."""


@dataclass(frozen=True)
class Size:
    """The lines of a standalone module, of which each file of the support has some."""

    lines: int
    linked: tuple[Definition, ...]
    reasons: dict[str, str]

    @property
    def by_room(self) -> Counter[str]:
        """The lines of the linked definitions, by their room of the support."""
        found: Counter[str] = Counter()
        for definition in self.linked:
            found[definition.file.partition("/")[0]] += lines_of(definition)
        return found


def lines_of(definition: Definition) -> int:
    """The lines of a definition, with the two blank ones before it."""
    return definition.text.count("\n") + 3


def size_of(text: str) -> Size:
    """The size of the module that a spec becomes."""
    compilation = compile_file(SourceFile.of("spec.ai", text))
    assert compilation.body is not None, list(compilation.problems)
    known, linked = support(), support().closure(compilation.support)
    used = {definition.name: definition.uses for definition in linked}
    reasons = dict.fromkeys(sorted(compilation.support), "the module")
    for name in (waiting := list(reasons)):
        for reached in sorted(used[name] & known.homes.keys() - reasons.keys()):
            reasons[reached] = name
            waiting.append(reached)
    return Size(compilation.body.count("\n"), linked, reasons)


def why(size: Size) -> Iterator[str]:
    """Each linked definition, with its lines and what reaches it first."""
    for definition in size.linked:
        place = f"{definition.file}.py {definition.name}"
        reason = size.reasons.get(definition.name, "")
        yield f"{lines_of(definition):6} {place}, for {reason}"


def main() -> None:
    sizes = {what: size_of(text) for what, text in SPECS.items()}
    if "--why" in sys.argv:
        for what, size in sizes.items():
            print(f"{what}: {size.lines:,} lines", *why(size), "", sep="\n")
        return
    rooms = sorted({room for size in sizes.values() for room in size.by_room})
    rows = [
        [
            what,
            f"{size.lines:,}",
            *(
                f"{size.by_room[room]:,}" if size.by_room[room] else ""
                for room in rooms
            ),
        ]
        for what, size in sizes.items()
    ]
    print(table(["", "lines", *(f"`{room}`" for room in rooms)], rows), end="")


if __name__ == "__main__":
    main()
