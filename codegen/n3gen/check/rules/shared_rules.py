"""Rules of what several files of a project share by its name."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["DifferentNumbers"]


class DifferentNumbers(Rule):
    """One limit with different numbers in two files

    A limit is one on each event loop, whichever modules name it, and the rate of a
    connection is one for the whole process. Where files state different numbers, the
    lowest holds, for the others too. In the example, the project has another file,
    `beside.ai`, with `limit example_db: 5`.

    Wrong:

    ```ai
    limit example_db: 8

    chain look:
        step find:
            kind: python
            target: app.texts:count
            with: {text: "a"}
            limit: example_db
    ```

    Right:

    ```ai
    limit example_db: 5

    chain look:
        step find:
            kind: python
            target: app.texts:count
            with: {text: "a"}
            limit: example_db
    ```
    """

    code = "N609"
    name = "different-numbers"
    severity = Severity.WARNING

    @classmethod
    def of(cls, what: str, one: str, other: str, labels: Sequence[Label]) -> Diagnostic:
        """The labels are those of the numbers, the first here, the other elsewhere."""
        return cls.diagnose(
            f"{what} is {one} here and {other} in another file: the lowest holds",
            *labels,
            help="state it once, in a file that both `use`, or give one another name",
        )

    @classmethod
    def within(cls, name: str, labels: Sequence[Label]) -> Diagnostic:
        return cls.diagnose(
            f"limit `{name}` is not within the same limit as in another file",
            *labels,
            help="state it once, in a file that both `use`, or give one another name",
        )
