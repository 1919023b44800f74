"""The rule of canned answers that nothing is answered with: N327."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["AnswerNeverGiven"]


class AnswerNeverGiven(Rule):
    """A canned answer behind one that fits wherever it does

    Of the `answers` of a local model the first that fits is given. One without
    `contains` fits any prompt, so that nothing behind it is ever given; nor is one for
    longer texts behind one for a part of these. Capitals make no difference.

    Wrong:

    ```ai
    connection desk:
        api: local
        answers:
            - answer: other
            - contains: refund
              answer: billing

    chain sort:
        step team: {prompt: "{{ payload.text }}"}
    ```

    Right:

    ```ai
    connection desk:
        api: local
        answers:
            - contains: refund
              answer: billing
            - answer: other

    chain sort:
        step team: {prompt: "{{ payload.text }}"}
    ```
    """

    code = "N327"
    name = "answer-never-given"
    severity = Severity.WARNING

    @classmethod
    def of(cls, label: Label, earlier: Label) -> Diagnostic:
        return cls.diagnose(
            "this answer is never given",
            label,
            earlier,
            help="put it before the other one",
        )
