"""A small working project, written into a folder over nothing that is there."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from typing import Final

from n3gen.project.config import CONFIG_FILE, has_config
from n3gen.project.errors import ProjectError
from n3gen.project.freshness import Cause
from n3gen.project.writing import Change, apply

__all__ = [
    "SCHEMA_COMMENT",
    "SCHEMA_FILE",
    "STARTER_FILES",
    "Started",
    "schema_line",
    "start_project",
]

_CHAIN = """\
# A first chain: two model calls side by side, then an answer made of both.
#
# `api: local` answers on this machine, without a key or a network. For a real
# model write `api: openai` and `api_key: env("OPENAI_API_KEY")` in its place.

connection listener:
    description: Hears the mood of a message
    api: local
    latency: 400ms
    answers:
        - contains: [broken, late, refund, terrible, disappointed]
          answer: sorry
        - answer: glad

connection reader:
    description: Repeats what matters most
    api: local
    latency: 300ms

chain hello:
    description: Answers a message in the mood that it was written in
    timeout: 30
    input:
        name: str
        message: str

    step mood:
        connection: listener
        parallel: true
        system: Say in one word how to feel about this message.
        prompt: "{{ payload.message }}"

    step gist:
        connection: reader
        parallel: true
        system: Repeat in one sentence what this message says.
        prompt: "{{ payload.message }}"

    step answer:
        depends_on: [mood, gist]
        value: "Dear {{ payload.name }}, we are {{ mood }} to read: {{ gist | trim }}"

    result: "{{ answer }}"
"""

_CONFIG = """\
# Where specs are and modules go, relative to this file; see `n3gen build --help`.
specs = ["chains"]
out = "generated"

# The support code once for all modules, as the package `generated/_runtime`; with
# "standalone" each module is one file that needs no other.
runtime = "shared"

# What a module takes where the environment variable of that name is unset.
enable_parallel_steps = true
max_concurrent_llm_calls = 50
chain_timeout_seconds = 300
"""

_ATTRIBUTES = "generated/** linguist-generated=true text eol=lf\n"

_WORKFLOW = """\
name: n3gen
on: [push, pull_request]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - name: Install n3gen
        env:
          N3GEN: ${{ vars.N3GEN }}
        run: pip install "${N3GEN:?set the variable N3GEN of the repository to where pip finds n3gen, such as git+https://HOST/n3gen}"
      - run: n3gen lint --output-format github
      - run: n3gen check --output-format github
"""

_HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: n3gen-fmt
        name: n3gen fmt
        entry: n3gen fmt
        language: system
        files: \\.ai$
      - id: n3gen-check
        name: n3gen check
        entry: n3gen check
        language: system
        pass_filenames: false
"""

SCHEMA_COMMENT: Final = "# yaml-language-server:"
"""How a line begins that names the schema of a YAML file, for editors."""

SCHEMA_FILE: Final = "n3gen.schema.json"
"""Where a project keeps the JSON Schema of YAML specs, beside its configuration."""

STARTER_FILES: Final = {
    "chains/hello.ai": _CHAIN,
    CONFIG_FILE: _CONFIG,
    ".gitattributes": _ATTRIBUTES,
    ".github/workflows/n3gen.yml": _WORKFLOW,
    ".pre-commit-config.yaml": _HOOKS,
}
"""The files of a new project by their paths in it."""


@dataclass(frozen=True, slots=True)
class Started:
    """A file of the new project; `is_new` is false where something was there already."""

    path: str
    is_new: bool


def schema_line(folder: str) -> str:
    """The first line of a YAML spec in `folder`, relative to its project's: the schema."""
    path = posixpath.relpath(SCHEMA_FILE, folder)
    return f"{SCHEMA_COMMENT} $schema={path}\n"


def yaml_files() -> dict[str, str]:
    """Return the files of a new project whose spec is in YAML, with the schema of it."""
    from n3gen.source import SourceFile
    from n3gen.spec.json_schema import schema_text
    from n3gen.syntax import print_yaml, read_document

    document, _ = read_document(SourceFile.of("chains/hello.ai", _CHAIN))
    assert document is not None
    about = _CHAIN[: _CHAIN.index("\nconnection")].replace("`api_key: ", "`api_key: '")
    about = about.replace('")`', "\")'`")
    files = {name: STARTER_FILES[name] for name in STARTER_FILES}
    del files["chains/hello.ai"]
    text = schema_line("chains") + about + "\n" + print_yaml(document)
    return {"chains/hello.yaml": text, SCHEMA_FILE: schema_text(), **files}


def start_project(folder: str, *, yaml: bool = False) -> list[Started]:
    """Write what is missing of a project, all or nothing; raise `ProjectError`.

    With `yaml`, its spec is in YAML, and the schema by which editors check it is there.
    """
    root = os.path.abspath(folder)
    if os.path.lexists(root) and not os.path.isdir(root):
        raise ProjectError(f"`{folder}` is a file, not a folder to start a project in")
    started: list[Started] = []
    changes: list[Change] = []
    for name, text in (yaml_files() if yaml else STARTER_FILES).items():
        path = os.path.join(root, *name.split("/"))
        is_new = not os.path.lexists(path)
        if name == CONFIG_FILE:
            is_new = not has_config(root)
        started.append(Started(name, is_new))
        if is_new:
            changes.append(Change(path, name, Cause.MISSING, None, text.encode()))
    apply(changes)
    return started
