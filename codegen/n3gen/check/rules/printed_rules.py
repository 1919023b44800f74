"""Rules of what texts print."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["PrintsRecord"]


class PrintsRecord(Rule):
    """A text with a record as Python shows it

    A value of a declared type is an object of a Python class. In a text it is printed
    as Python shows it, `label='bug' day=datetime.date(2026, 1, 1)`, which models and
    other programs read badly. `tojson` writes it as JSON, and a field of it is printed
    as what it is.

    Wrong:

    ```ai
    connection models:
        api: local

    type Ticket:
        label: str
        words: list[str]

    chain answer:
        input: {ticket: Ticket}
        step reply:
            prompt: "Answer this ticket: {{ payload.ticket }}"
    ```

    Right:

    ```ai
    connection models:
        api: local

    type Ticket:
        label: str
        words: list[str]

    chain answer:
        input: {ticket: Ticket}
        step reply:
            prompt: "Answer this ticket: {{ payload.ticket | tojson }}"
    ```
    """

    code = "N547"
    name = "prints-record"
    severity = Severity.WARNING

    @classmethod
    def of(cls, path: str, type_: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{path}` is of type `{type_}`, and is printed as Python shows it",
            label,
            help="put `| tojson` behind it for JSON, or read a field of it",
        )
