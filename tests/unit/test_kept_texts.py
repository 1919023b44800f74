"""What is kept of a text that is being edited: its chains, their problems and plans."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from n3gen.check import kept as module
from n3gen.check.finders import all_finders, is_of_chains
from n3gen.compiler import compile_file
from n3gen.diagnostics import Diagnostic
from n3gen.plan.kept import Kept
from n3gen.semantics.known import Semantics
from n3gen.source import SourceFile
from n3gen.spec.load import load_spec
from n3gen.spec.model import Chain
from n3gen.syntax import read_document

from tests.compiling import PythonTexts

GOLDENS = Path(__file__).parents[1] / "golden"

SPEC = """\
type Mood:
    label: str

chain first:
    step a:
        value: "1"
        when: payload.x
    result: "{{ a }} of it"

chain second:
    step b:
        kind: chain
        target: third
    result: "{{ b }}"

chain third:
    step c:
        value: "2"
        when: payload.y
    result: "{{ c }} of it"
"""


def told(
    text: str,
    kept: Kept | None = None,
    python: Mapping[str, str] | None = None,
) -> list[Diagnostic]:
    modules = PythonTexts(python or {})
    source = SourceFile.of("a.ai", text)
    found = compile_file(source, emits=False, python=modules, kept=kept)
    return list(found.problems)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The chains that are looked at, by name."""
    names: list[str] = []
    looked_for = module._looked_for

    def noted(known: Semantics, chain: Chain) -> tuple[module._Found, bool]:
        names.append(chain.name)
        return looked_for(known, chain)

    monkeypatch.setattr(module, "_looked_for", noted)
    return names


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ('"1"', '"11"', ["first"]),
        ("payload.x", "payload.z", ["first"]),
        ('"2"', '"22"', ["second", "third"]),
        ("    step b:", "    step b:\n        description: More", ["second", "third"]),
        ("label: str", "label: int", ["first", "second", "third"]),
        ("chain third", "# a remark\nchain third", ["second", "third"]),
        ("type Mood", "# a remark\ntype Mood", ["first", "second", "third"]),
    ],
)
def test_only_what_a_change_concerns_is_looked_at(
    old: str, new: str, again: list[str], looked: list[str]
) -> None:
    kept = Kept()
    assert told(SPEC, kept) == told(SPEC)
    assert looked == ["first", "second", "third"]
    looked.clear()
    changed = SPEC.replace(old, new, 1)
    assert told(changed, kept) == told(changed)
    assert looked == again
    looked.clear()
    assert told(changed, kept) == told(changed)
    assert looked == []


def test_problems_that_are_kept_stand_at_their_places_now() -> None:
    kept = Kept()
    before = [one for one in told(SPEC, kept) if one.rule.code == "N524"]
    changed = SPEC.replace('"1"', '"1 and more"')
    after = [one for one in told(changed, kept) if one.rule.code == "N524"]
    by = len(" and more")
    ends = [one.label.span.end for one in before]
    assert len(ends) > 1
    assert [one.label.span.end for one in after] == [at + by for at in ends]
    assert {one.file.text for one in after} == {changed}


def test_a_text_with_mistakes_between_two_others_changes_nothing() -> None:
    kept = Kept()
    broken = SPEC.replace("    step b:", "    step b")
    for text in (SPEC, broken, SPEC.replace("payload.y", "payload.z"), broken, SPEC):
        assert told(text, kept) == told(text)


def test_what_python_modules_tell_is_looked_at_again(looked: list[str]) -> None:
    text = (
        "chain c:\n    input:\n        x: str?\n    step a:\n        kind: python\n"
        "        target: app.a:f\n        with: {x: '{{ payload.x }}'}\n"
    )
    kept = Kept()
    strict, loose = "def f(x: str): ...\n", "def f(x: str | None): ...\n"
    for code in (strict, loose, strict):
        modules = {"app.a": code}
        assert told(text, kept, modules) == told(text, None, modules)
    assert looked == ["c", "c", "c"]
    assert told(text, kept, {"app.a": strict}) != told(text, kept, {"app.a": loose})


def test_what_functions_give_is_looked_at_again(looked: list[str]) -> None:
    text = (
        "chain c:\n    step a:\n        kind: chain\n        target: d\n"
        "    if a == 'x':\n        step b:\n            value: 1\n"
        "chain d:\n    step e:\n        kind: python\n        target: app.a:f\n"
        "chain g:\n    step h:\n        value: 1\n"
    )
    kept = Kept()
    number, word = "def f(ctx) -> int: ...\n", "def f(ctx) -> str: ...\n"
    found = [told(text, kept, {"app.a": code}) for code in (number, word, word)]
    assert [{one.rule.code for one in each} for each in found] == [
        {"N525"},
        set(),
        set(),
    ]
    assert looked == ["c", "d", "g", "c", "d"]


def test_finders_of_chains_find_the_same_in_each_alone() -> None:
    """Over all goldens: what they find is what they find chain by chain."""
    seen: set[str] = set()
    for path in sorted(GOLDENS.glob("*/*/spec.*")):
        if path.suffix not in (".ai", ".yaml"):
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        document, _ = read_document(SourceFile.of(path.name, text))
        spec = load_spec(document, {})[0] if document is not None else None
        if document is None or spec is None or document.data.get("use"):
            continue
        for finder in filter(is_of_chains, all_finders()):
            known = Semantics(spec, {path.name: document})
            alone = Semantics(spec, {path.name: document})
            whole = list(finder(known))
            each = (finder(alone.within(chain, None)) for chain in spec.chains)
            assert whole == [one for found in each for one in found], path
            seen |= {finder.__name__} if whole else set()
    assert len(seen) > 25


def test_chains_that_stay_as_they_are_keep_their_nodes_and_plans() -> None:
    kept = Kept()
    first = compile_file(SourceFile.of("a.ai", SPEC), emits=False, kept=kept)
    text = "# a remark\n" + SPEC.replace('"2"', '"22"')
    second = compile_file(SourceFile.of("a.ai", text), emits=False, kept=kept)
    assert first.spec is not None
    assert second.spec is not None
    pairs = zip(first.spec.chains, second.spec.chains, strict=True)
    assert [old is new for old, new in pairs] == [True, True, False]
    same = {name for name, plan in first.plans.items() if second.plans[name] is plan}
    assert same == {"first", "second"}
    fresh = compile_file(SourceFile.of("a.ai", text), emits=False)
    assert second.spec == fresh.spec
    assert second.plans == fresh.plans


def test_an_alias_brings_in_what_stands_elsewhere() -> None:
    text = (
        "chains:\n  one:\n    steps:\n      - name: a\n        value: &v {x: 1}\n"
        "  two:\n    steps:\n      - name: b\n        value: *v\n"
    )
    kept = Kept()
    for value in ("1", "true", "1.0", "2"):
        source = SourceFile.of("a.yaml", text.replace("1}", value + "}"))
        found = compile_file(source, emits=False, kept=kept).spec
        assert found is not None
        fresh = compile_file(source, emits=False).spec
        assert repr(found) == repr(fresh)
