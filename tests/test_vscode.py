"""The extension for VS Code: its manifest, its grammar, and that its client starts the server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from n3gen.expressions.parsing import TAGS
from n3gen.spec.json_schema import json_schema
from n3gen.syntax.words import WORDS

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs/editors/vscode"
MANIFEST = json.loads((FOLDER / "package.json").read_text())
GRAMMAR = json.loads((FOLDER / "syntaxes/n3gen.tmLanguage.json").read_text())

LOADER = """\
const Module = require("module");
const made = [];
const vscode = {
  workspace: {
    workspaceFolders: [{ uri: { fsPath: "/project" } }],
    getConfiguration: () => ({ get: () => "${workspaceFolder}/.venv/bin/n3gen" }),
    createFileSystemWatcher: (pattern) => ({ pattern }),
  },
};
class LanguageClient {
  constructor(id, name, server, client) { made.push({ id, server, client }); }
  start() { made[0].started = true; return Promise.resolve(); }
  stop() { made[0].stopped = true; return Promise.resolve(); }
}
const load = Module._load;
Module._load = (name, ...rest) =>
  name === "vscode" ? vscode
  : name === "vscode-languageclient/node" ? { LanguageClient }
  : load(name, ...rest);
const extension = require(process.argv[1]);
Promise.resolve(extension.activate()).then(() => extension.deactivate())
  .then(() => console.log(JSON.stringify(made[0])));
"""


def parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from parts(inner)


def test_all_files_that_the_manifest_names_are_there() -> None:
    gives = MANIFEST["contributes"]
    (language,), (grammar,) = gives["languages"], gives["grammars"]
    for path in (MANIFEST["main"], language["configuration"], grammar["path"]):
        assert (FOLDER / path).is_file()
    assert grammar["language"] == language["id"]
    assert grammar["scopeName"] == GRAMMAR["scopeName"]
    json.loads((FOLDER / language["configuration"]).read_text())


def test_the_patterns_of_the_grammar_can_be_read() -> None:
    for part in parts(GRAMMAR):
        for key in ("match", "begin", "end"):
            if key in part:
                re.compile(part[key])
        if "include" in part:
            assert part["include"].removeprefix("#") in GRAMMAR["repository"]


def test_the_words_of_the_grammar_are_those_of_the_language() -> None:
    (pattern,) = (
        one["match"]
        for one in GRAMMAR["patterns"]
        if "keyword.control.n3gen" in str(one.get("captures"))
    )
    found = re.search(r"\(([a-z_|]+)\)", pattern)
    assert found is not None
    assert found[1].split("|") == sorted(WORDS.blocks())
    for line in ("    step one:", "- for docs: doc in payload.docs:", "use shared"):
        assert re.match(pattern, line)
    for line in ("    state: counter", "    limit: db", "    steps:"):
        assert not re.match(pattern, line)


def test_the_tags_of_templates_are_words_of_the_grammar() -> None:
    (pattern,) = (
        one["match"]
        for one in parts(GRAMMAR)
        if one.get("name") == "keyword.control.jinja.n3gen"
    )
    for word in TAGS:
        assert re.fullmatch(pattern, word), word


def test_the_language_page_has_all_block_words_and_keys() -> None:
    page = (ROOT / "docs/language.md").read_text()
    told = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`\n]+`", page))))
    told |= {
        word
        for block in re.findall(r"^```.*?^```", page, re.DOTALL | re.MULTILINE)
        for word in re.findall(r"[a-z_]+", block)
    }
    keys = {key for one in parts(json_schema()) for key in one.get("properties", ())}
    words = {word for key in keys for word in key.split()}
    assert sorted((words | set(WORDS.blocks())) - told - set(WORDS.definitions())) == []


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_client_starts_the_server_of_the_workspace() -> None:
    done = subprocess.run(
        ["node", "-e", LOADER, str(FOLDER / MANIFEST["main"])],
        capture_output=True,
        text=True,
        timeout=60,
    )
    made = json.loads(done.stdout or done.stderr)
    assert made["server"] == {"command": "/project/.venv/bin/n3gen", "args": ["lsp"]}
    languages = [one["language"] for one in made["client"]["documentSelector"]]
    assert languages == ["n3gen", "yaml"]
    assert made["started"] and made["stopped"]
