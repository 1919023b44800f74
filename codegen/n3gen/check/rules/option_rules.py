"""Rules of what steps give to connectors."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["MissingOption"]


class MissingOption(Rule):
    """An option that a connector reads and a step does not give

    What a connector reads as `options.tone` is given by each step that calls it, under
    `options`. A step that does not give it fails when it runs. Where a step may leave it
    out, the connector says what holds then: `options.tone | default("calm")`.

    Wrong:

    ```ai
    connection models:
        api: local

    connector writer:
        prompt: "Write about {{ payload.topic }} in a {{ options.tone }} tone"

    chain write:
        step draft:
            target: writer
    ```

    Right:

    ```ai
    connection models:
        api: local

    connector writer:
        prompt: "Write about {{ payload.topic }} in a {{ options.tone }} tone"

    chain write:
        step draft:
            target: writer
            options:
                tone: calm
    ```
    """

    code = "N331"
    name = "missing-option"

    @classmethod
    def of(
        cls, step: str, connector: str, option: str, label: Label, read: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"step `{step}` does not give `options.{option}`, which connector "
            f"`{connector}` reads",
            label,
            read,
            help=f"add `{option}:` under the step's `options:`, or read it with "
            "`| default(...)`",
        )

    @classmethod
    def never(
        cls, step: str, connector: str, option: str, label: Label, read: Label
    ) -> Diagnostic:
        """The options of an `llm` step are its provider's."""
        return cls.diagnose(
            f"step `{step}` has no options for its fallback `{connector}`, which reads "
            f"`options.{option}`",
            label,
            read,
            help="read it with `| default(...)`, or make the step's own call a connector",
        )
