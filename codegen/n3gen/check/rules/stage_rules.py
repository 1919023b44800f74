"""Rules of pipelines: N440, N441, N720."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["NothingToStream", "ReadsStream", "StagesDoNotMeet"]


class StagesDoNotMeet(Rule):
    """A stage that gives something else than the next one takes

    The value of a stage is the argument of the next one, so their types have to meet:
    what `->` says, a connector's `output`, or the text of a model. Behind a stage with
    `stream: true` the argument is one item, and behind a stage that runs for each item,
    and does not stream itself, it is the list of the results.

    Wrong:

    ```ai
    pipeline count_words:
        stage words(text: str) -> list[str]:
            value: "{{ text.split() }}"
        stage count(words_found: str) -> int:
            value: "{{ words_found | length }}"
    ```

    Right:

    ```ai
    pipeline count_words:
        stage words(text: str) -> list[str]:
            value: "{{ text.split() }}"
        stage count(words_found: list[str]) -> int:
            value: "{{ words_found | length }}"
    ```
    """

    code = "N720"
    name = "stages-do-not-meet"

    @classmethod
    def of(
        cls,
        stages: tuple[str, str],
        types: tuple[str, str],
        taken: Label,
        given: Label,
        way_out: str | None = None,
    ) -> Diagnostic:
        """`stages` and `types` are those of what gives and of what takes."""
        (giver, taker), (one, other) = stages, types
        return cls.diagnose(
            f"stage `{taker}` takes `{other}`, but `{giver}` before it gives `{one}`",
            taken,
            given,
            help=way_out or "change one of the types, or put a stage between them",
        )


class NothingToStream(Rule):
    """A stage that streams one value

    `stream: true` passes on the items of a stage as they come: what a generator makes,
    the items of a list, the pieces of a model's text. A value that is none of these
    has no items.

    Wrong:

    ```ai
    pipeline summary:
        stage count(text: str) -> int:
            stream: true
            value: "{{ text | length }}"
        stage double(number: int) -> int:
            value: "{{ number * 2 }}"
    ```

    Right:

    ```ai
    pipeline summary:
        stage words(text: str) -> list[str]:
            stream: true
            value: "{{ text.split() }}"
        stage measure(word: str) -> int:
            value: "{{ word | length }}"
    ```
    """

    code = "N440"
    name = "nothing-to-stream"

    @classmethod
    def of(cls, stage: str, type_: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"stage `{stage}` has nothing to stream: it gives one `{type_}`",
            label,
            help="remove `stream`, or let the stage give a list",
        )


class ReadsStream(Rule):
    """A reference to a stage that has passed on what it made

    A stage with `stream: true` keeps nothing: each of its items goes to the next stage,
    which runs at the same time. What the last stage behind it makes of them can be read.

    Wrong:

    ```ai
    pipeline measure:
        stage words(text: str) -> list[str]:
            stream: true
            value: "{{ text.split() }}"
        stage size(word: str) -> int:
            value: "{{ word | length }}"
        result: "{{ words }}"
    ```

    Right:

    ```ai
    pipeline measure:
        stage words(text: str) -> list[str]:
            stream: true
            value: "{{ text.split() }}"
        stage size(word: str) -> int:
            value: "{{ word | length }}"
        result: "{{ size }}"
    ```
    """

    code = "N441"
    name = "reads-stream"

    @classmethod
    def of(cls, who: str, name: str, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            f"{who} reads `{name}`, which passes on its items and keeps none",
            label,
            place,
            help="read a stage behind it, or take `stream` from it",
        )
