"""The names of a file's chains, told without a parser."""

from __future__ import annotations

import pytest
from n3gen.project.outline import chain_names, use_texts

AI = {
    "chain a:\n  step x:\n    value: 1\nchain b:\n": ("a", "b"),
    'chain "Customer feedback":  # no chain c:\n': ("Customer feedback",),
    "use shared\n\nchain  a :\n": ("a",),
    "use shared\n": (),
    "use shared/models\nconnection x:\n    api: local\n\n# chain c:\ntype T:\n  a: str\n": (),
    "connector x:\n    prompt: |\n        chain c:\n": (),
    "chian a:\n": None,
    "chain a\n": None,
    "chain 'a':\n": None,
    'chain "a\\n":\n': None,
    "pipeline p:\n": None,
    "chain a:\npipeline p:\n": None,
    "chains:\n  a:\n": None,
    "": None,
    "# nothing\n": None,
    "connection x:\n  api: local\n  \nwhatever\n": None,
}

YAML = {
    "chain: triage\nsteps: []\n": ("triage",),
    "chains:\n  a:\n    steps: []\n  b: # x\n    steps:\n    - c:\n": ("a", "b"),
    "# x\nuse: [y]\nchains: # z\n\n  # c:\n  a:\n    prompt: |\n      b:\ntypes:\n": (
        "a",
    ),
    "types:\n  T: {a: str}\nuse:\n- x\n": (),
    "limits: {db: 3}\n": (),
    "chains: {a: {steps: []}}\n": None,
    'chains:\n  "a b":\n    steps: []\n': None,
    "chains:\n  a: &x\n    steps: []\n": None,
    "chains:\n  <<: *x\n": None,
    "chains:\n    a:\n      steps: []\n  b:\n": None,
    "chain: a\nchains:\n  b:\n": None,
    "---\nchains:\n  a:\n": ("a",),
    "chian: a\n": None,
    "{chains: {}}\n": None,
    "pipelines:\n  a:\n": None,
    "": None,
}

JSON = {
    '{"chains": {"a": {}, "b c": {}}}': ("a", "b c"),
    '{"types": {}}': (),
    '{"chain": "a"}': None,
    '{"pipelines": {}}': None,
    '{"chians": {}}': None,
    "{}": None,
    "[]": None,
    "{": None,
    "[" * 100_000: None,
}


@pytest.mark.parametrize(("text", "names"), AI.items())
def test_names_in_ai(text: str, names: tuple[str, ...] | None) -> None:
    assert chain_names("x.ai", text.encode()) == names


@pytest.mark.parametrize(("text", "names"), YAML.items())
def test_names_in_yaml(text: str, names: tuple[str, ...] | None) -> None:
    assert chain_names("x.yml", text.encode()) == names


@pytest.mark.parametrize(("text", "names"), JSON.items())
def test_names_in_json(text: str, names: tuple[str, ...] | None) -> None:
    assert chain_names("x.json", text.encode()) == names


USES_AI = {
    "use shared/models\nuse ../x.yaml # y\n\nchain a:\n": (
        "shared/models",
        "../x.yaml",
    ),
    "chain a:\n    prompt: |\n        use this\n": (),
    "chain a:\n    # because\n": (),
    'use "a b"\n': None,
    "use: [a]\n": None,
    "use a b\n": None,
    "  use a\n": None,
    "# x\n\n  use a\n  chain b:\n": None,
    "use\n": None,
}

USES_YAML = {
    "use: [shared/models, x.ai] # y\nchain: a\n": ("shared/models", "x.ai"),
    "use:\n  - a\n  - b # c\nchain: x\n": ("a", "b"),
    "use: # z\n- a\nchain: x\n": ("a",),
    "---\nuse:\n- a\n": ("a",),
    "chain: a\ndescription: use it\n": (),
    "use: a\n": None,
    "use: &x [a]\n": None,
    "use: ['a']\n": None,
    "use: []\n": None,
    '"use": [a]\n': None,
    '"\\x75se": [a]\n': None,
    "? use\n: [a]\n": None,
    "{use: [a]}\n": None,
    "  use: [a]\n": None,
    "use:\n": None,
    "use:\n  - [a]\n": None,
    "use :\n  - a\n": None,
}

USES_JSON = {
    '{"use": ["a", "b/c"], "chains": {}}': ("a", "b/c"),
    '{"\\u0075se": ["a"]}': ("a",),
    '{"chains": {"use": {}}}': (),
    '{"use": "a"}': None,
    '{"use": ': None,
}


@pytest.mark.parametrize(("text", "uses"), USES_AI.items())
def test_uses_in_ai(text: str, uses: tuple[str, ...] | None) -> None:
    assert use_texts("x.ai", text.encode()) == uses


@pytest.mark.parametrize(("text", "uses"), USES_YAML.items())
def test_uses_in_yaml(text: str, uses: tuple[str, ...] | None) -> None:
    assert use_texts("x.yaml", text.encode()) == uses


@pytest.mark.parametrize(("text", "uses"), USES_JSON.items())
def test_uses_in_json(text: str, uses: tuple[str, ...] | None) -> None:
    assert use_texts("x.json", text.encode()) == uses
