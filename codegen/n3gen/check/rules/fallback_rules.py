"""Rules of fallbacks: N315, N706."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = [
    "BadFallback",
    "FallbackType",
]


class BadFallback(Rule):
    """A fallback that replaces nothing

    A fallback is asked when all tries have failed. The connector that has just
    failed is no help then, and one that is named twice would fail twice.

    Wrong:

    ```ai
    connection models:
        api: local

    connector writer:
        prompt: "Write about {{ payload.topic }}"
        fallback: writer

    chain write:
        step text:
            target: writer
    ```

    Right:

    ```ai
    connection models:
        api: local

    connector writer:
        prompt: "Write about {{ payload.topic }}"
        retry: 1
        fallback: short_writer

    connector short_writer:
        prompt: "Write a sentence about {{ payload.topic }}"

    chain write:
        step text:
            target: writer
    ```
    """

    code = "N315"
    name = "bad-fallback"

    @classmethod
    def itself(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"connector `{name}` cannot be its own fallback",
            label,
            help="`retry:` tries it again",
        )

    @classmethod
    def other_kind(cls, name: str, what: str, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is a {what}, and a fallback is a connector",
            label,
            place,
            help=(
                f"define a connector, with the {what} as its `connection`"
                if what == "connection"
                else "define a connector, and name that"
            ),
        )

    @classmethod
    def twice(cls, name: str, label: Label, first: Label) -> Diagnostic:
        return cls.diagnose(
            f"the fallback `{name}` is given twice",
            label,
            first,
            help="remove one of them",
        )


class FallbackType(Rule):
    """A fallback that gives something else

    A fallback gives the step's result, so it must be of the same
    type. A connector without an `output` is asked for the type that is needed.

    Wrong:

    ```ai
    type Mood:
        label: str

    connection models:
        api: local

    connector feel:
        prompt: "Mood of {{ payload.text }}"
        output: Mood
        fallback: count

    connector count:
        prompt: "How many words has {{ payload.text }}?"
        output: int

    chain moods:
        step mood:
            target: feel
    ```

    Right:

    ```ai
    type Mood:
        label: str

    connection models:
        api: local

    connector feel:
        prompt: "Mood of {{ payload.text }}"
        output: Mood
        fallback: short

    connector short:
        prompt: "In one word, the mood of {{ payload.text }}"
        output: Mood

    chain moods:
        step mood:
            target: feel
    ```
    """

    code = "N706"
    name = "fallback-type"

    @classmethod
    def of(
        cls,
        connector: tuple[str, str],
        step: tuple[str, str],
        label: Label,
        output: Label,
    ) -> Diagnostic:
        """Each as name and what it gives, such as `a text` or `` `Mood` ``."""
        return cls.diagnose(
            f"`{connector[0]}` gives {connector[1]}, but is the fallback of step "
            f"`{step[0]}`, which gives {step[1]}",
            label,
            output,
            help=(
                "a text needs a text as its fallback, vectors need vectors"
                if "vectors" in (connector[1], step[1])
                else "let both have the same `output`"
            ),
        )
