"""Templates own the shape of what is emitted; `emit` computes names and expressions."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from n3gen.emit.flow import BLOCK_FORMS
from n3gen.emit.nodes import Node
from n3gen.emit.step_form import STEP_FORMS
from n3gen.spec.model import Block
from n3gen.spec.steps import KINDS

ROOT = Path(__file__).parents[2]
EMIT = ROOT / "codegen" / "n3gen" / "emit"
EXPRESSIONS = EMIT.parent / "expressions"
TEMPLATES = ROOT / "templates"
MODULES = sorted(EMIT.rglob("*.py"))
FILES = sorted(
    path
    for path in TEMPLATES.rglob("*.j2")
    if path.parent.name not in ("graph", "plan", "traces")  # what becomes no module
)

LINKER = {
    *("link.py", "assemble.py", "header.py", "support.py", "global_names.py"),
    *("runtime_package.py", "template_code.py"),
}
"""What reads the source of the support, of templates and of headers, not emitted text."""

FORMATTER = ("formatting.py", "examples.py")
"""What lays out lines, as black does, whatever they say."""

READERS = {"reading.py", "parsing.py", "tokens.py"}
"""What reads the text of a user's expression, before any of it is written."""

PAGES = {
    "blocks/branch.j2",
    "chain_public.j2",
    "foot.py.j2",
    "head.py.j2",
    "needed_imports.py.j2",
    "public.py.j2",
    "registry.py.j2",
    "row_texts.py.j2",
    "start.py.j2",
}
"""Templates of files and of parts that others include: those of no node."""

STATEMENT = re.compile(
    r"\s*((async|await|return|if|elif|else|for|while|match|case|def|class|with|import"
    r"|from|raise|try|except|break|continue|pass|lambda|yield)\b[^`]*$|\w+ = )"
)
TAKEN_APART = re.compile(
    r"(start|end)swith|remove(pre|suf)fix|r?partition|r?split(lines)?|replace|[lr]?strip"
)

each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.name))
each_writer = pytest.mark.parametrize(
    "path",
    [path for path in sorted(EXPRESSIONS.glob("*.py")) if path.name not in READERS],
    ids=lambda path: str(path.name),
)
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))


def nodes(kind: type[Node] = Node) -> set[type[Node]]:
    found = set(kind.__subclasses__())
    return found.union(*(nodes(inner) for inner in found))


def texts(tree: ast.Module) -> list[str]:
    """The literals of a module, without its docstrings."""
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docs
    ]


def called_methods(tree: ast.Module) -> set[str]:
    return {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def imported_modules(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }


@each_module
def test_no_statement_is_in_a_string(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    words = {"for", "if", "match", "while", "with"}
    found = [t for t in texts(tree) if STATEMENT.match(t) and t not in words]
    assert path.name in LINKER or not found


@each_module
def test_no_emitted_text_is_taken_apart(path: Path) -> None:
    if path.name in LINKER or path.name in FORMATTER:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # `code` marks names from outside, and `render` reads a template, not what it wrote.
    readers = {"re"} if path.name in ("code.py", "render.py") else set()
    assert not imported_modules(tree) & {"ast", "re", "tokenize"} - readers
    allowed = {
        # What a user wrote, on one line; what a template left around a node.
        "texts.py": {"split"},
        "render.py": {"strip", "lstrip", "startswith"},
        # The names of Python's own, by their first letter.
        "scope.py": {"startswith"},
    }.get(path.name, set())
    found = set(filter(TAKEN_APART.fullmatch, called_methods(tree)))
    assert found <= allowed


@each_writer
def test_no_written_expression_is_taken_apart(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # `literals` cuts a user's text into lines, `addresses` a user's address; `writer` finds
    # the names in the sources that it is given, to cover none of them; `regex_filters`
    # compiles a user's patterns, `inside` looks for a user's templates.
    of_texts = (
        "addresses.py",
        "inside.py",
        "literals.py",
        "regex_filters.py",
        "writer.py",
    )
    readers = {"re"} if path.name in of_texts else set()
    assert not imported_modules(tree) & {"ast", "re", "tokenize"} - readers
    allowed = {
        # What a user wrote: a path of fields, an address, a text with `{}`.
        "arguments.py": {"split"},
        "addresses.py": {"rpartition", "strip"},
        "foreign_calls.py": {"split"},
        "inside.py": {"split", "strip"},
        "paths.py": {"split", "strip", "startswith", "lstrip", "replace"},
        "writer.py": {"replace"},
        # The names of parameters in our own table.
        "value_filters.py": {"split"},
        # The quotes of a text, and those of an expression inside of it.
        "literals.py": {"endswith", "replace"},
        "texts.py": {"replace"},
    }.get(path.name, set())
    found = set(filter(TAKEN_APART.fullmatch, called_methods(tree)))
    assert found == allowed


def test_every_node_has_its_template_and_every_template_its_node() -> None:
    assert set(STEP_FORMS) and set(BLOCK_FORMS)  # loads the modules of all nodes
    templates = ("template", "opening")
    named = {getattr(node, kind, "") for node in nodes() for kind in templates} - {""}
    files = {path.relative_to(TEMPLATES).as_posix() for path in FILES}
    own = {path for path in files if path.startswith("dbos/")}
    assert named == files - PAGES - own
    assert files >= PAGES


def test_a_target_has_its_own_form_only_of_what_all_have() -> None:
    files = {path.relative_to(TEMPLATES).as_posix() for path in FILES}
    own = {path for path in files if path.startswith("dbos/")}
    assert own
    assert {path.removeprefix("dbos/") for path in own} <= files


def test_every_kind_and_every_block_has_its_form() -> None:
    assert set(STEP_FORMS) == set(KINDS.values())
    assert set(BLOCK_FORMS) == set(Block.__subclasses__())


def test_every_form_is_in_a_file_of_its_own() -> None:
    for forms, folder in ((STEP_FORMS, "steps"), (BLOCK_FORMS, "blocks")):
        homes = [form.__module__ for form in forms.values()]
        files = [p.stem for p in (EMIT / folder).glob("*.py") if p.stem != "__init__"]
        assert sorted(homes) == sorted(f"n3gen.emit.{folder}.{stem}" for stem in files)


@each_file
def test_no_template_lists_names_for_the_linker(path: Path) -> None:
    assert "{% use" not in path.read_text(encoding="utf-8")
