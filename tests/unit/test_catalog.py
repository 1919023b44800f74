"""The rules as a whole: their codes, their pages, and what their examples do."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import n3gen
import pytest
from n3gen.catalog import (
    ALL_RULES,
    Example,
    example_before,
    examples,
    page,
    pages,
    rule_named,
)
from n3gen.diagnostics import Problems, Rule
from n3gen.interface.change_rules import ChangeRule

from tests.compiling import EXAMPLE_MODULES, problems_of
from tests.golden_files import compare
from tests.importing import FLOW_FILES, imported
from tests.offers import changes, offer

PAGES = Path(__file__).parents[2] / "docs" / "rules"

OF_CHANGES = [rule for rule in ALL_RULES if issubclass(rule, ChangeRule)]
OF_FILES = [r for r in ALL_RULES if r.__module__ == "n3gen.diagnostics.file_rules"]
"""What they find is not in the text of a file, so that no example shows it alone."""

OF_SPECS = [rule for rule in ALL_RULES if rule not in (*OF_CHANGES, *OF_FILES)]

every_rule = pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)


def subclasses(rule: type[Rule]) -> Iterator[type[Rule]]:
    for child in rule.__subclasses__():
        yield child
        yield from subclasses(child)


def problems_of_example(rule: type[Rule], name: str, example: Example) -> Problems:
    """What is wrong with an example: a spec, or a flow where the rule is an import's."""
    if rule.__module__.startswith("n3gen.importers"):
        return imported(example.text, FLOW_FILES).problems
    path = f"{name}.{example.language}"
    return problems_of(path, example.text, EXAMPLE_MODULES, rule.target)


def test_no_rule_stands_outside_the_catalog() -> None:
    for module in pkgutil.walk_packages(n3gen.__path__, "n3gen."):
        if "__main__" not in module.name and ".templates" not in module.name:
            importlib.import_module(module.name)
    ours = {r for r in subclasses(Rule) if r.__module__.startswith("n3gen.")}
    coded = {rule for rule in ours if hasattr(rule, "code")}
    assert coded == set(ALL_RULES)


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in ALL_RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in ALL_RULES}) == len(ALL_RULES)


@every_rule
def test_codes_and_names_have_their_form(rule: type[Rule]) -> None:
    assert re.fullmatch(r"N[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)


@every_rule
def test_a_rule_is_found_by_code_and_name(rule: type[Rule]) -> None:
    assert rule_named(rule.code.lower()) is rule
    assert rule_named(rule.name) is rule


def test_an_unknown_rule_is_none() -> None:
    assert rule_named("N000") is None
    assert rule_named("") is None


@every_rule
def test_a_page_has_all_its_parts(rule: type[Rule]) -> None:
    text = page(rule)
    assert text.startswith(f"# {rule.code} {rule.name}\n\n**{rule.severity.value}**: ")
    title, why = text.split("\n\n")[1:3]
    assert not title.endswith((".", ": ", ":"))
    assert len(why) > 40, "a page says why"
    assert text.index("## Wrong") < text.index("## Right")
    assert {example.language for example in examples(rule)} <= {"ai", "yaml"}


@pytest.mark.parametrize("rule", OF_SPECS, ids=lambda rule: rule.code)
def test_the_wrong_example_raises_just_its_code(rule: type[Rule]) -> None:
    wrong, _ = examples(rule)
    problems = problems_of_example(rule, "wrong", wrong)
    assert {problem.rule.code for problem in problems} == {rule.code}


@pytest.mark.parametrize("rule", OF_CHANGES, ids=lambda rule: rule.code)
def test_the_wrong_change_raises_just_its_code(rule: type[Rule]) -> None:
    wrong, right = examples(rule)
    before = offer(example_before(rule).text)
    assert {one.rule.code for one in changes(before, offer(wrong.text))} == {rule.code}
    assert [one.message for one in changes(before, offer(right.text))] == []


@every_rule
def test_the_right_example_has_no_problem(rule: type[Rule]) -> None:
    _, right = examples(rule)
    problems = problems_of_example(rule, "right", right)
    assert [problem.message for problem in problems] == []


def test_the_pages_are_what_the_rules_say(update_goldens: bool) -> None:
    compare(PAGES, pages(), update=update_goldens)
