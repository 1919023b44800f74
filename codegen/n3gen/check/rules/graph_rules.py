"""Rules of what has no effect: N409 to N411."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = [
    "IdleParallel",
    "TextNamesStep",
    "UnusedResult",
]


class UnusedResult(Rule):
    """A result that nothing uses

    The step has no effect but its result, and no expression, no `depends_on` and
    no function given at run time takes it up. It costs time, and where a model is
    asked also money; often a reference is missing.

    Wrong:

    ```ai
    chain greet:
        step today:
            value: "{{ payload.date }}"
        step hello:
            value: "Hello {{ payload.name }}"
    ```

    Right:

    ```ai
    chain greet:
        step today:
            value: "{{ payload.date }}"
        step hello:
            value: "Hello {{ payload.name }}, it is {{ today }}"
    ```
    """

    code = "N409"
    name = "unused-result"
    severity = Severity.WARNING

    @classmethod
    def of(cls, step: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"nothing uses the result of `{step}`",
            label,
            help=f"read it as `{step}` in a later step or in `result`, or remove it",
        )


class IdleParallel(Rule):
    """A `parallel` that does nothing

    A parallel step runs beside its neighbours that are parallel too. This one has
    none: a plain step stands on either side of it, or what would run beside it
    and it wait for each other by `depends_on`.

    Wrong:

    ```ai
    chain feedback:
        step twitter:
            kind: connector
            target: sentiment
            parallel: true
        step email:
            kind: connector
            target: sentiment
            parallel: true
        step summary:
            kind: connector
            target: summarizer
            parallel: true
            depends_on: [twitter, email]
    ```

    Right:

    ```ai
    chain feedback:
        step twitter:
            kind: connector
            target: sentiment
            parallel: true
        step email:
            kind: connector
            target: sentiment
            parallel: true
        step summary:
            kind: connector
            target: summarizer
            depends_on: [twitter, email]
    ```
    """

    code = "N410"
    name = "idle-parallel"
    severity = Severity.NOTE

    @classmethod
    def of(cls, what: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`parallel` does nothing: nothing can run beside {what}",
            label,
            help="remove it, or make a neighbour parallel too",
        )


def _braced(text: str) -> str:
    """The text of an expression, in the quotes that it does not have itself."""
    if '"' not in text:
        return f'"{{{{ {text} }}}}"'
    return "'{{ " + text.replace("'", '"') + " }}'"


class TextNamesStep(Rule):
    """A text that spells a name and does not read it

    `result`, `value`, `options`, the `key` of a cache and the like are data: a text in
    them stands for itself. What is between `{{` and `}}` is read. An expression without
    quotes and braces, such as `len(summary) + 1`, is a text too, and so is a value with
    the `,` or `;` of another language behind it.

    Wrong:

    ```ai
    chain digest:
        step summary:
            kind: connector
            target: summarizer
        result: summary
    ```

    Right:

    ```ai
    chain digest:
        step summary:
            kind: connector
            target: summarizer
        result: "{{ summary }}"
    ```
    """

    code = "N411"
    name = "text-names-step"
    severity = Severity.WARNING

    @classmethod
    def of(cls, text: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the result is the text `{text}`, and nothing is read",
            label,
            help=f'write `"{{{{ {text} }}}}"` to read what has that name',
        )

    @classmethod
    def at(cls, key: str, text: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` is the text `{text}`, and nothing is read",
            label,
            help=f"write `{_braced(text)}` to read it",
        )

    @classmethod
    def alone(cls, key: str, text: str, read: str, label: Label) -> Diagnostic:
        """A single word without quotes, and what an expression of that name reads."""
        return cls.diagnose(
            f"`{key}` is the text `{text}`, and nothing is read",
            label,
            help=f'write `"{{{{ {read} }}}}"` to read it, or `"{text}"` for the text',
        )

    @classmethod
    def ended(cls, key: str, mark: str, value: str, label: Label) -> Diagnostic:
        """A value of another language, with the mark behind it that ends it there."""
        is_path = "." in value and value[0].isalpha()
        meant = f'"{{{{ {value} }}}}"' if is_path else value
        return cls.diagnose(
            f"this `{mark}` makes a text of `{key}`: `{value}{mark}`",
            label,
            help=f"write `{meant}`, or the text in quotes",
        )
