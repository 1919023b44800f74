"""Rules of texts that do not parse, or hold others: N501, N502, N507, N508, N515."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.expressions.model import Fault

__all__ = [
    "ExpressionSyntax",
    "ExpressionTooDeep",
    "StatementNotAllowed",
    "TemplateInside",
    "TemplateSyntax",
]


class ExpressionSyntax(Rule):
    """An expression that cannot be read

    Conditions and what stands between `{{` and `}}` are expressions of Jinja:
    `and`, `or` and `not` in words, `==` to compare, `|` before a filter's name,
    `a if condition else b` to choose.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.name payload.surname }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.name }} {{ payload.surname }}"
    ```
    """

    code = "N501"
    name = "expression-syntax"

    @classmethod
    def of(
        cls, what: str, start: int, end: int, hint: str | None = None, label: str = ""
    ) -> Fault:
        return Fault(cls, what, start, end, hint, label)


class TemplateSyntax(Rule):
    """A template whose tags do not fit together

    Each `{% if %}`, `{% for %}`, `{% with %}` and `{% filter %}` is closed by a
    tag of its own, the inner one first, and each comment by `#}`. Statements stand
    in `{% %}`, values in `{{ }}`. In a text without quotes a `#` after a space begins
    a comment of the file, also within braces: with quotes around it, it does not.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "Hello {% if payload.name %}{{ payload.name }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "Hello {% if payload.name %}{{ payload.name }}{% endif %}"
    ```
    """

    code = "N502"
    name = "template-syntax"

    @classmethod
    def of(cls, what: str, start: int, end: int, hint: str | None = None) -> Fault:
        return Fault(cls, what, start, end, hint)

    @classmethod
    def unclosed(cls, tag: str, start: int, end: int) -> Fault:
        what = f"`{{% {tag} %}}` is never closed"
        return Fault(cls, what, start, end, f"add `{{% end{tag} %}}`")

    @classmethod
    def cut(cls, key: str, comment: Label, text: Label) -> Diagnostic:
        """A comment of the file that begins before the text `key` is complete."""
        return cls.diagnose(
            f"this `#` begins a comment, which ends the text of `{key}` too early",
            comment,
            text,
            help="put the whole text in quotes",
        )

    @classmethod
    def in_braces(cls, word: str, written: str, start: int, end: int) -> Fault:
        """A statement between the braces of a value; `written` is what was meant."""
        what = f"`{word}` is a statement, and `{{{{ }}}}` takes a value"
        return Fault(cls, what, start, end, f"write `{written}`")

    @classmethod
    def unfit(cls, tag: str, opened: str | None, start: int, end: int) -> Fault:
        if opened is None:
            what = f"`{{% {tag} %}}` closes nothing: no tag is open here"
            return Fault(cls, what, start, end, "remove it, or add the opening tag")
        what = f"`{{% {tag} %}}` does not fit: `{{% {opened} %}}` is still open"
        return Fault(cls, what, start, end, f"add `{{% end{opened} %}}` before it")


class StatementNotAllowed(Rule):
    """A statement that templates of n3gen do not have

    A template is compiled to one Python expression. So it has `if`, `for`,
    `set`, `with`, `filter` and `raw`, but nothing that loads other templates or
    defines macros; texts that several prompts share belong into a `value` step.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "{% include 'greeting.txt' %}"
    ```

    Right:

    ```ai
    chain greet:
        step greeting:
            value: "Good morning"
        step hello:
            value: "{{ greeting }}, {{ payload.name }}"
    ```
    """

    code = "N507"
    name = "template-statement-not-allowed"

    @classmethod
    def of(cls, tag: str, start: int, end: int) -> Fault:
        what = f"`{{% {tag} %}}` is not part of n3gen templates"
        known = "a template has `if`, `for`, `set`, `with`, `filter` and `raw`"
        return Fault(cls, what, start, end, known)

    @classmethod
    def unknown(cls, tag: str, start: int, end: int, meant: str | None) -> Fault:
        known = "a template has `if`, `for`, `set`, `with`, `filter` and `raw`"
        message = f"no template tag is called `{tag}`"
        return Fault(cls, message, start, end, known, meant=meant)

    @classmethod
    def end(cls, tag: str, opened: str | None, start: int, end: int) -> Fault:
        """An end that does not say of what; `opened` is the tag that is open."""
        message = f"no template tag is called `{tag}`"
        if opened is None:
            return Fault(cls, message, start, end, "remove it: no tag is open here")
        return Fault(cls, message, start, end, f"write `{{% end{opened} %}}`")

    @classmethod
    def form(cls, what: str, start: int, end: int, hint: str) -> Fault:
        """A form of an allowed statement that is not allowed."""
        return Fault(cls, f"{what} is not part of n3gen templates", start, end, hint)


class ExpressionTooDeep(Rule):
    """An expression that is nested too deeply, or too long

    Brackets and tags may stand 32 deep in one another. What needs more is
    easier to read, and to test, as several `value` steps.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "{{ (((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))) }}"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "{{ (1) }}"
    ```
    """

    code = "N508"
    name = "expression-too-deep"

    @classmethod
    def of(cls, levels: int, start: int, end: int) -> Fault:
        what = f"the expression is nested more than {levels} levels deep"
        return Fault(cls, what, start, end, "split it into several `value` steps")

    @classmethod
    def chain(cls, parts: int, start: int, end: int) -> Fault:
        what = f"the expression chains more than {parts} parts"
        return Fault(cls, what, start, end, "split it into several `value` steps")

    @classmethod
    def too_long(cls, length: int, start: int, end: int) -> Fault:
        what = f"the expression has more than {length:,} characters"
        return Fault(cls, what, start, end, "split it into several `value` steps")

    @classmethod
    def too_many(cls, tokens: int, start: int, end: int) -> Fault:
        what = f"the template has more than {tokens:,} words and signs of expressions"
        return Fault(cls, what, start, end, "split it into several `value` steps")


class TemplateInside(Rule):
    """A template inside an expression

    A text in quotes inside an expression is taken letter for letter, and `{{ }}` in it is
    not read. So a comparison with one compares braces, and is never true. An
    expression names what it reads without quotes and braces: `if payload.name == "Ada":`. Where braces are meant as
    such, a `value` step holds them: `"{% raw %}{{ name }}{% endraw %}"`. Texts that
    `replace` and the filters of patterns look for may have them.

    Wrong:

    ```ai
    chain greet:
        input: {name: str}
        step hello:
            value: "{{ 'hello' if '{{ payload.name }}' == 'Ada' else 'hm' }}"
    ```

    Right:

    ```ai
    chain greet:
        input: {name: str}
        step hello:
            value: "{{ 'hello' if payload.name == 'Ada' else 'hm' }}"
    ```
    """

    code = "N515"
    name = "template-inside"

    @classmethod
    def of(cls, meant: str, start: int, end: int) -> Fault:
        what = "`{{ }}` is not read in a text inside an expression"
        return Fault(cls, what, start, end, f"write `{meant}`")
