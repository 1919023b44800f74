"""Rules of files as wholes."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["EmptyFile"]


class EmptyFile(Rule):
    """A file that defines nothing

    A spec without a chain or a definition builds no module. A file that was saved
    empty, or whose blocks are all comments, looks like one that is done.

    Wrong:

    ```ai
    # chain greet:
    #     step hello:
    #         value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N233"
    name = "empty-file"
    severity = Severity.WARNING

    @classmethod
    def of(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "the file defines nothing",
            label,
            help="write a `chain`, or remove the file",
        )
