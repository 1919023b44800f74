"""Rules of `test` blocks over rows: N324."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["UnknownScore"]


class UnknownScore(Rule):
    """A bound on a score that the test does not have

    The keys of `expect` are those of a run, and the names of the scores that the test
    has under `score`. A bound on any other name would never be compared with anything.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.name }}"

    test greets of greet:
        rows:
            - {name: Ada, want: Hello Ada}
        payload: {name: "{{ row.name }}"}
        score: {exact: "{{ result == row.want }}"}
        expect: {exakt: {mean_above: 0.9}}
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.name }}"

    test greets of greet:
        rows:
            - {name: Ada, want: Hello Ada}
        payload: {name: "{{ row.name }}"}
        score: {exact: "{{ result == row.want }}"}
        expect: {exact: {mean_above: 0.9}}
    ```
    """

    code = "N324"
    name = "unknown-score"

    @classmethod
    def of(
        cls, name: str, label: Label, meant: str | None, known: Sequence[str]
    ) -> Diagnostic:
        """`known` are the scores of the test; `meant` is the one most likely meant."""
        way_out = f'add it to `score`, as `score: {{{name}: "{{{{ ... }}}}"}}`'
        if known:
            way_out = f"its scores are {', '.join(f'`{one}`' for one in known)}"
        return cls.diagnose(
            f"the test has no score `{name}`",
            label,
            help=way_out,
            meant=meant,
        )
