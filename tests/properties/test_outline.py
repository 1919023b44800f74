"""What is told of a spec at a glance is what a parser says of it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from n3gen.project.outline import chain_names, use_texts
from n3gen.source import SourceFile
from n3gen.syntax import read_document, used_files

AI_LINES = [
    "chain a:",
    "chain b :  # c",
    'chain "a b":',
    "chain 'q':",
    "chains:",
    "    step x:",
    "        value: 1",
    "        prompt: |",
    "            chain c:",
    "            use d",
    "        value: [1,",
    "chain d]",
    '        value: "x',
    'chain e:"',
    "use f",
    "use ../g.yaml  # h",
    'use "i"',
    "use: [j]",
    "  use k",
    "use",
    "type T:",
    "    use: str",
    "connection m:",
    "    api: local",
    "# chain n:",
    "",
    "pipeline p:",
    "\tuse x",
    "chain",
]
YAML_LINES = [
    "chains:",
    "chain: a",
    "  b:",
    "  c: # d",
    '  "e":',
    "  f: &f {steps: [{name: x, value: 1}]}",
    "  g: {steps: [{name: x, value: 1}]}",
    "    steps: [{name: x, value: 1}]",
    "    description: |",
    "      chains:",
    "      use: [h]",
    "    description: >-",
    '    description: "i',
    "  j:",
    'k"',
    "steps: [{name: x, value: 1}]",
    "use: [l, m.ai]",
    "use:",
    "- n",
    "    more",
    "  - o # p",
    "use: q",
    '"use": [r]',
    "use : [s]",
    "? use",
    ": [t]",
    "{use: [u], chain: v}",
    "---",
    "...",
    "types: {T: {use: str}}",
    "# use: [w]",
    "",
    "<<: {use: [x]}",
    "chains: {y: {steps: []}}",
]


def texts(lines: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(lines), max_size=9).map("\n".join)


def agrees(path: str, text: str) -> None:
    """A wrong answer may be given only for a file that no build accepts."""
    source = SourceFile.of(path, text)
    document, problems = read_document(source)
    names = chain_names(path, text.encode())
    if document is not None and not problems and names is not None:
        chains: dict[str, Any] = document.data.get("chains", {})
        assert names == tuple(chains)
        assert "pipelines" not in document.data
    uses = use_texts(path, text.encode())
    if not problems and uses is not None:
        assert set(uses) == set(used_files(source))


@given(texts(AI_LINES))
def test_ai(text: str) -> None:
    agrees("x.ai", text)


@given(texts(YAML_LINES))
def test_yaml(text: str) -> None:
    agrees("x.yaml", text)


TOP_KEYS = st.sampled_from(["chains", "chain", "use", "types", "pipelines", "x"])
DATA: list[Any] = [{}, {"a": {"steps": []}}, ["b", "c"], "d", None, [1]]


@given(st.dictionaries(TOP_KEYS, st.sampled_from(DATA)))
def test_json(content: dict[str, Any]) -> None:
    agrees("x.json", json.dumps(content))
