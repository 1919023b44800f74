"""Rules of the records of errors that take the place of values."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["MayBeError"]


class MayBeError(Rule):
    """A use of what may be the record of an error

    With `on_error: continue` the value of a step that has failed is the record of its
    error: a mapping of `kind`, `message`, `status` and `step`. So is that of a member of
    a `parallel` and of a round of a `for` with `on_error: continue` or `tolerate`. A text
    prints that mapping, `length` counts its four fields, a loop goes through their
    names, a condition takes it for true, and what calculates or reads another field
    fails. A condition that asks what the value is is trusted
    from there on: `if steps.facts.status == "ok"`, `facts is mapping`. Whoever only
    wants something else in its place writes `on_error: skip` at the step, after which
    the value is none, and `default` where it is read. A value that is passed on whole,
    to a function or as the result, is no use of it.

    Wrong:

    ```ai
    connection models:
        api: local

    chain write:
        step facts:
            prompt: "Facts about {{ payload.topic }}"
            on_error: continue
        step text:
            prompt: "Write about {{ payload.topic }}. Use: {{ facts }}"
    ```

    Right:

    ```ai
    connection models:
        api: local

    chain write:
        step facts:
            prompt: "Facts about {{ payload.topic }}"
            on_error: skip
        step text:
            prompt: "Write about {{ payload.topic }}. Use: {{ facts | default('what you know') }}"
    ```
    """

    code = "N545"
    name = "may-be-error"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, path: str, sign: str, label: Label, step: str | None, asked: str
    ) -> Diagnostic:
        """`sign` is what uses it: empty for a text, `for` for a loop, `if` for a condition.

        `step` is the step whose value it is, if it is one's; `asked` says whether a value
        is a record.
        """
        where = "where its step has failed" if step else "where one is in its place"
        used = {
            "": f"`{path}` prints the record of an error {where}",
            "if": f"`{path}` is the record of an error {where}, which is true",
            "for": f"`{path}` is the record of an error {where}, and the loop goes "
            "through its keys",
        }.get(
            sign,
            f"`{path}` is the record of an error {where}, and `{sign}` takes it for "
            "a value",
        )
        field = sign if sign.startswith(".") and not sign.endswith("()") else ""
        if field:
            used = (
                f"`{path}` is the record of an error {where}, which has no `{sign[1:]}`"
            )
        way_out = f"ask first whether it is one: `{path}{asked}`"
        if step is not None:
            way_out = (
                f"ask first, `if steps.{step}.status == 'ok'`, or write "
                f"`on_error: skip` at the step and `{path}{field} | default(...)` here"
            )
        return cls.diagnose(used, label, help=way_out)

    @classmethod
    def items(cls, path: str, sign: str, label: Label, asked: str) -> Diagnostic:
        """Items of a list may be records; `asked` is a filter that leaves them out."""
        effect = "prints it" if sign == "join" else "takes it for a value"
        return cls.diagnose(
            f"an item of `{path}` is the record of an error where its round has failed, "
            f"and `{sign}` {effect}",
            label,
            help=f"leave them out first: `{path} | {asked}`",
        )
