"""Rules of YAML and of the sizes of documents: N117 to N122."""

from __future__ import annotations

import re
from typing import Final

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.source import Span
from n3gen.syntax.meant_texts import text_with_template

__all__ = [
    "KeyNotText",
    "NotAMapping",
    "TooDeep",
    "TooManyValues",
    "YamlFeature",
    "YamlSyntax",
]


_TEMPLATE: Final = re.compile(r"\{\{(?:(?!\}\}).)*\}\}")
"""An expression in braces, on one line."""


class TooDeep(Rule):
    """Lists and mappings within each other without end

    A hundred levels are more than a spec has ever needed; a file with more is
    an accident or an attack.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["hello"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: [[["hello"]]]
    ```
    """

    code = "N117"
    name = "too-many-levels"

    @classmethod
    def at(cls, label: Label, deepest: int) -> Diagnostic:
        return cls.diagnose(
            f"this is nested too deep: a spec has {deepest} levels of lists and mappings "
            "at most, and a block of steps takes two or more",
            label,
            help="move a part of it into a chain, or a step, of its own",
        )


class TooManyValues(Rule):
    """More values than a spec can have

    A file of a few lines can mean billions of values, as each YAML alias stands
    for all that its anchor holds. A spec may have 100,000.

    Wrong:

    ```yaml
    a: &a [x, x, x, x, x, x, x, x, x, x]
    b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
    c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
    d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
    e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
    ```

    Right:

    ```yaml
    chain: greet
    steps:
      - {name: hello, value: &a [x, x]}
      - {name: world, value: [*a, "{{ hello }}"]}
    ```
    """

    code = "N118"
    name = "too-many-values"

    @classmethod
    def at(cls, label: Label, most: int) -> Diagnostic:
        return cls.diagnose(
            f"this spec has more than {most:,} values, its aliases written out",
            label,
            help="split the file, or read large data when the chain runs",
        )


class YamlSyntax(Rule):
    """Text that is no YAML

    A spec that does not end in `.ai` is YAML 1.2, of which JSON is a part. Where a
    text follows neither, what it means would be a guess.

    Wrong:

    ```yaml
    chain: greet
    description: Greets: everybody
    steps:
      - {name: hello, value: hello}
    ```

    Right:

    ```yaml
    chain: greet
    description: "Greets: everybody"
    steps:
      - {name: hello, value: hello}
    ```
    """

    code = "N119"
    name = "yaml-syntax"

    @classmethod
    def of(
        cls, message: str, label: Label, *others: Label, way_out: str | None = None
    ) -> Diagnostic:
        return cls.diagnose(message, label, *others, help=way_out)

    @classmethod
    def template(cls, label: Label, how: str) -> Diagnostic:
        """`${{ ... }}`, or `{{ ... }}` behind words, outside of quotes."""
        return cls.diagnose(
            "a template without quotes is read as a mapping",
            label,
            help=f'write `"{{{{ ... }}}}"`, {how}',
        )

    @classmethod
    def deeper(cls, key: str, above: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{key}` is deeper than `{above}` above it, which already has a value",
            label,
            help="begin all keys of one mapping in the same column",
        )


class YamlFeature(Rule):
    """A part of YAML that specs do without

    Tags (`!!str`), merge keys (`<<`) and several documents in one file are left
    out: they make a spec mean something else than it seems to say. Anchors and
    aliases are welcome.

    Wrong:

    ```yaml
    chain: greet
    steps:
      - {name: hello, value: !!str 5}
    ```

    Right:

    ```yaml
    chain: greet
    steps:
      - {name: hello, value: "5"}
    ```
    """

    code = "N120"
    name = "yaml-feature"

    @classmethod
    def of(cls, what: str, label: Label, way_out: str) -> Diagnostic:
        return cls.diagnose(f"{what} in a spec", label, help=way_out)


class KeyNotText(Rule):
    """A key that is not text

    Keys are texts. A bare `5`, `true` or `null` is something else, and a list
    or a mapping cannot be a key.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value:
                200: "fine"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value:
                "200": "fine"
    ```
    """

    code = "N121"
    name = "key-not-text"

    @classmethod
    def of(cls, text: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the key `{text}` is not text", label, help=f'write `"{text}"`'
        )

    @classmethod
    def collection(cls, what: str, label: Label) -> Diagnostic:
        text, at = label.file.text, label.span.start
        # libyaml meets the inner brace of a template that is a value, the outer one
        # of a template that is a key.
        at = at - 1 if text.startswith("{{", at - 1) else at
        if template := _TEMPLATE.match(text, at):
            whole = text_with_template(text, at)
            return cls.diagnose(
                f"`{template[0]}` without quotes is a mapping in YAML, and no template",
                Label(label.file, Span(*template.span())),
                help=f"put the whole text in quotes{whole and f': `{whole}`'}",
            )
        return cls.diagnose(
            f"{what} cannot be a key", label, help="write a text as the key"
        )


class NotAMapping(Rule):
    """A file that is not a mapping

    A YAML spec says by its top keys what it holds: `chain`, `chains`, `types`.

    Wrong:

    ```yaml
    - name: hello
      value: hello
    ```

    Right:

    ```yaml
    chain: greet
    steps:
      - name: hello
        value: hello
    ```
    """

    code = "N122"
    name = "not-a-mapping"

    @classmethod
    def of(cls, what: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"a spec is a mapping, and this is {what}",
            label,
            help="begin with `chain: some_name` or `chains:`",
        )
