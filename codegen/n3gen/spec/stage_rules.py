"""Rules about the shape of pipelines."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["TooManyParameters"]


class TooManyParameters(Rule):
    """A stage with more parameters than there are values for it

    The first stage of a pipeline has as many parameters as one likes: they are the
    pipeline's input. Any other has one, the value of the stage before it. What else it
    needs it reads by name: an earlier stage, or `payload`.

    Wrong:

    ```ai
    pipeline greet:
        stage find(id: int) -> str:
            target: find_name
        stage greeting(name: str, language: str) -> str:
            target: greeter
    ```

    Right:

    ```ai
    pipeline greet:
        stage find(id: int, language: str) -> str:
            target: find_name
        stage greeting(name: str) -> str:
            target: greeter
            options: {language: "{{ payload.language }}"}
    ```
    """

    code = "N240"
    name = "too-many-parameters"

    @classmethod
    def of(cls, stage: str, count: int, label: Label, before: Label) -> Diagnostic:
        """`before` is the stage that gives the one value that there is."""
        return cls.diagnose(
            f"stage `{stage}` has {count} parameters, but receives only one value",
            label,
            before,
            help="read what else it needs by the name of its stage, or from `payload`",
        )
