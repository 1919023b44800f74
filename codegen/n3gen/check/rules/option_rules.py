"""Rules of what steps give to connectors."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["IdleOption", "MissingOption"]


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
    def slip(
        cls, step: str, connector: str, option: str, label: Label, read: Label
    ) -> Diagnostic:
        """An option under another name, at which `label` is."""
        found = cls.of(step, connector, option, label, read)
        return cls.diagnose(found.message, *found.labels, meant=option)

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


class IdleOption(Rule):
    """Options that nothing reads

    The `options` of a step are data for the callable that it calls, or for the templates
    of its connector, which read them as `options.tone`. What sets the model's own
    settings, such as `temperature`, is in the connector, or under the `options` of a
    step that asks a model itself. Steps that call nothing, and functions that are called
    with the arguments under `with`, read no options.

    Wrong:

    ```ai
    connection models:
        api: local

    connector writer:
        prompt: "Write about {{ payload.topic }}"

    chain write:
        step draft:
            target: writer
            options:
                temperature: 0
    ```

    Right:

    ```ai
    connection models:
        api: local

    connector writer:
        prompt: "Write about {{ payload.topic }}"
        options:
            temperature: 0

    chain write:
        step draft:
            target: writer
    ```
    """

    code = "N425"
    name = "idle-option"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, connector: str, option: str, label: Label, meant: str | None = None
    ) -> Diagnostic:
        return cls.diagnose(
            f"connector `{connector}` does not read `options.{option}`, and it is not sent",
            label,
            help="write it under the connector's own `options:`, or read it in its texts",
            meant=meant,
        )

    @classmethod
    def all_of(cls, step: str, way_out: str, label: Label) -> Diagnostic:
        return cls.diagnose(f"step `{step}` reads no `options`", label, help=way_out)
