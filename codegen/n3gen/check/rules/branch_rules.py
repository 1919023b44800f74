"""Rules of expressions that read into another branch or block: N407, N408."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = [
    "ReadsInsideBlock",
    "ReadsOtherBranch",
]


class ReadsOtherBranch(Rule):
    """An expression that reads a step of another branch

    Only one branch of an `if` or a `match` runs, so in this one the other's
    steps have no result.

    Wrong:

    ```ai
    chain answer:
        if payload.vip:
            step letter:
                kind: connector
                target: writer
        else:
            step note:
                value: "As we wrote: {{ letter }}"
    ```

    Right:

    ```ai
    chain answer:
        step letter:
            kind: connector
            target: writer
        if payload.vip:
            step call:
                kind: connector
                target: phone
        else:
            step note:
                value: "As we wrote: {{ letter }}"
    ```
    """

    code = "N407"
    name = "reads-other-branch"

    @classmethod
    def of(cls, reader: str, name: str, label: Label, target: Label) -> Diagnostic:
        return cls.diagnose(
            f"{reader} reads `{name}`, which is in another branch",
            label,
            target,
            help="only one of the branches runs: move the step before the block",
        )

    @classmethod
    def late(cls, reader: str, name: str, label: Label, target: Label) -> Diagnostic:
        """The `else` of a `within` reads a step of that."""
        return cls.diagnose(
            f"{reader} reads `{name}`, a step before this `else`",
            label,
            target,
            help="what a `within` has begun is lost with its deadline: move the step "
            "before the block",
        )


class ReadsInsideBlock(Rule):
    """An expression that reads a step inside a block from outside

    A step in a block may not have run, or many times. The block as a whole has a
    value for those outside: give it a name and read that. A name that every branch of
    an `if` or a `match` gives is known behind the block. `if` and `match` have
    the last value of the branch that ran, `for` the list of its rounds' values,
    `while` that of its last round.

    Wrong:

    ```ai
    chain digest:
        for document in payload.documents:
            step summary:
                kind: connector
                target: summarizer
        step all:
            value: "{{ summary | join(' ') }}"
    ```

    Right:

    ```ai
    chain digest:
        for summaries: document in payload.documents:
            step summary:
                kind: connector
                target: summarizer
        step all:
            value: "{{ summaries | join(' ') }}"
    ```
    """

    code = "N408"
    name = "reads-inside-block"

    @classmethod
    def of(
        cls, reader: str, name: str, block: str, labels: tuple[Label, Label], way: str
    ) -> Diagnostic:
        return cls.diagnose(
            f"{reader} reads `{name}`, which is inside {block}",
            *labels,
            help=way,
        )
