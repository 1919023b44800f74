"""All rules, their pages and their examples."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import walk_packages
from typing import Final, NamedTuple

from n3gen.diagnostics import Rule
from n3gen.diagnostics.cells import shown

__all__ = [
    "ALL_RULES",
    "Example",
    "example_before",
    "examples",
    "page",
    "pages",
    "rule_named",
]


def _defined() -> list[type[Rule]]:
    """Import every module of rules, wherever it stands, and return their rules by code."""
    for module in walk_packages(import_module("n3gen").__path__, "n3gen."):
        if module.name.endswith("rules") and not module.ispkg:
            import_module(module.name)
    coded = (rule for rule in Rule.defined if hasattr(rule, "code"))
    own = [rule for rule in coded if rule.__module__.startswith("n3gen.")]
    return sorted(own, key=lambda rule: rule.code)


ALL_RULES: Final[tuple[type[Rule], ...]] = tuple(_defined())
"""Every rule, by code."""

_EXAMPLE = r"^{}:\n+```(\w+)\n(.*?)^```$"


class Example(NamedTuple):
    """A spec in a rule's page: `language` is `ai` or `yaml`, the ending of its file."""

    language: str
    text: str


def rule_named(code_or_name: str) -> type[Rule] | None:
    """The rule of a code (`N301`, in any case) or of a name (`unknown-dependency`)."""
    wanted = code_or_name.strip().lower()
    for rule in ALL_RULES:
        if wanted in (rule.code.lower(), rule.name):
            return rule
    return None


def page(rule: type[Rule]) -> str:
    """The page of a rule in Markdown: code and name, severity, text, wrong, right.

    Characters that a reader cannot see are spelt out, as in a diagnostic.
    """
    title, body = rule.documentation()
    for heading in ("Before", "Wrong", "Right"):
        body = re.sub(rf"^{heading}:$", f"## {heading}", body, flags=re.MULTILINE)
    body = "".join(char if char in "\t\n" else shown(char) for char in body)
    return f"# {rule.code} {rule.name}\n\n**{rule.severity.value}**: {title}\n\n{body}"


def pages() -> dict[str, str]:
    """The files of `docs/rules` by name: a page for each rule, and the list of them."""
    rows = "".join(
        f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity.value} "
        f"| {rule.documentation()[0]} |\n"
        for rule in ALL_RULES
    )
    table = f"| code | name | severity | what it finds |\n|---|---|---|---|\n{rows}"
    about = (
        "Each page has the rule's reason, an example that raises it, and one that "
        "does not. `n3gen explain CODE` shows the same in a terminal."
    )
    listed = f"# Rules\n\n{about}\n\n{table}"
    return {"README.md": listed, **{f"{r.code}.md": page(r) for r in ALL_RULES}}


def examples(rule: type[Rule]) -> tuple[Example, Example]:
    """The wrong and the right example of a rule's page.

    Raises `ValueError` where the page has not exactly one of each.
    """
    return _example(rule, "Wrong"), _example(rule, "Right")


def example_before(rule: type[Rule]) -> Example:
    """The spec that the examples of a rule about changes are compared with."""
    return _example(rule, "Before")


def _example(rule: type[Rule], heading: str) -> Example:
    _, body = rule.documentation()
    pattern = re.compile(_EXAMPLE.format(heading), re.MULTILINE | re.DOTALL)
    found = pattern.findall(body)
    if len(found) != 1:
        raise ValueError(f"{rule.code} has {len(found)} examples under `{heading}:`")
    return Example(*found[0])
