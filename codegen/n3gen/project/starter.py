"""A small working project, written into a folder over nothing that is there."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from n3gen.project.config import (
    CONFIG_FILE,
    Config,
    find_config,
    has_config,
    with_specs,
)
from n3gen.project.errors import ProjectError
from n3gen.project.find import covers, find_specs, glob_folder
from n3gen.project.freshness import Cause
from n3gen.project.writing import Change, apply
from n3gen.syntax.uses import SPEC_ENDINGS

__all__ = [
    "SCHEMA_COMMENT",
    "SCHEMA_FILE",
    "Project",
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
specs = ["SPECS"]
out = "generated"

# The support code once for all modules, as the package `generated/_runtime`; with
# "standalone" each module is one file that needs no other.
runtime = "shared"

# What a module takes where the environment variable of that name is unset.
enable_parallel_steps = true
max_concurrent_llm_calls = 50
chain_timeout_seconds = 300
"""

_ATTRIBUTES = "linguist-generated=true text eol=lf"

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

_EXAMPLES: Final = {
    ".github/workflows/n3gen.yml": _WORKFLOW,
    ".pre-commit-config.yaml": _HOOKS,
}

_SPECS: Final = "chains"
"""Where specs are in a project that has none yet."""

_LAYOUTS: Final = {
    "standalone": "its modules are standalone: one file each, with the support code; "
    '`runtime = "shared"` there keeps that code once',
    "shared": "",
}


@dataclass(frozen=True, slots=True)
class Started:
    """What became of a file of the new project, and why, where that needs a word."""

    path: str
    verb: Literal["wrote", "kept", "left out"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """What became of a folder: its files, and the spec to run unless there were others."""

    files: tuple[Started, ...]
    spec: str | None


def schema_line(folder: str) -> str:
    """The first line of a YAML spec in `folder`, relative to its project's: the schema."""
    path = posixpath.relpath(SCHEMA_FILE, folder)
    return f"{SCHEMA_COMMENT} $schema={path}\n"


def start_project(folder: str, *, yaml: bool = False) -> Project:
    """Write what is missing of a project, all or nothing; raise `ProjectError`.

    With `yaml`, its spec is in YAML, and the schema by which editors check it is there.
    A project that has specs gets none, and files go where its configuration says.
    """
    root = os.path.abspath(folder)
    if os.path.lexists(root) and not os.path.isdir(root):
        raise ProjectError(f"`{folder}` is a file, not a folder to start a project in")
    own = find_config(root) if has_config(root) else None
    config = own or with_specs(Config(root))
    present = _specs_of(config)
    spec = f"{_folder_of(config, present, own)}/hello.{'yaml' if yaml else 'ai'}"
    started: list[Started] = []
    changes: list[Change] = []
    for name, text in _files(config, spec, yaml=yaml).items():
        path = os.path.join(root, *name.split("/"))
        if name == CONFIG_FILE and own is not None:
            started.append(Started(own.file or name, "kept", _LAYOUTS[own.runtime]))
        elif os.path.lexists(path):
            started.append(Started(name, "kept"))
        elif name == spec and present:
            started.append(Started(name, "left out", f"there is {_some(present)}"))
        elif name == spec and own and own.specs and not covers(own, spec):
            why = f"`{own.file}` names no such spec"
            started.append(Started(name, "left out", why))
        else:
            started.append(Started(name, "wrote"))
            changes.append(Change(path, name, Cause.MISSING, None, text.encode()))
    apply(changes)
    is_there = any(one.path == spec and one.verb != "left out" for one in started)
    return Project(tuple(started), spec if is_there else None)


def _specs_of(config: Config) -> list[str]:
    """The spec files of a project, in those of its folders that are there."""
    there = [
        one for one in config.specs if os.path.exists(config.absolute(glob_folder(one)))
    ]
    if not there:
        return []
    return [spec.path for spec in find_specs(replace(config, specs=tuple(there)))]


def _folder_of(config: Config, present: Sequence[str], own: Config | None) -> str:
    """The folder for the spec: the first that the configuration names, or the usual one."""
    if not present and own is None:
        return _SPECS
    heads = map(glob_folder, config.specs)
    folder = next((one for one in heads if not one.endswith(SPEC_ENDINGS)), _SPECS)
    return posixpath.normpath(folder)


def _some(paths: Sequence[str]) -> str:
    """The first of some paths, and how many there are beside it."""
    more = len(paths) - 1
    return f"`{paths[0]}`" + (f", and {more} more" if more else "") + " already"


def _files(config: Config, spec: str, *, yaml: bool) -> dict[str, str]:
    """The files of a new project by their paths in it, its spec first."""
    specs = posixpath.dirname(spec) or "."
    files = {spec: _yaml_chain(specs) if yaml else _CHAIN}
    if yaml:
        from n3gen.spec.json_schema import schema_text

        files[SCHEMA_FILE] = schema_text()
    files[CONFIG_FILE] = _CONFIG.replace("SPECS", specs)
    if config.out != "." and config.holds(config.absolute(config.out)):
        pattern = f"{config.out}/**"
        pattern = f'"{pattern}"' if " " in pattern else pattern
        files[".gitattributes"] = f"{pattern} {_ATTRIBUTES}\n"
    return {**files, **_EXAMPLES}


def _yaml_chain(specs: str) -> str:
    """The spec of a new project in YAML, which names its schema."""
    from n3gen.source import SourceFile
    from n3gen.syntax import print_yaml, read_document

    document, _ = read_document(SourceFile.of("hello.ai", _CHAIN))
    assert document is not None
    about = _CHAIN[: _CHAIN.index("\nconnection")].replace("`api_key: ", "`api_key: '")
    about = about.replace('")`', "\")'`")
    return schema_line(specs) + about + "\n" + print_yaml(document)
