"""The house rules that can be read off the source: who imports whom, who prints, how long."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "codegen" / "n3gen"
RUNTIME = ROOT / "templates" / "runtime"

ORDER = [
    {"source", "names", "prices", "registration", "secrets"},
    {"diagnostics"},
    {"syntax"},
    {"spec"},
    {"expressions"},
    {"semantics"},
    {"check"},
    {"pages"},
    {"plan"},
    {"target"},
    {"emit", "graph", "traces"},
    {"importers"},
    {"catalog"},
    {"clock", "compiler"},
    {"interface"},
    {"project"},
    {"lsp"},
    {"cli"},
]
"""The rooms, ground floor first: a room imports from those before it and from itself."""

FLOOR = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}

LIGHT = {"source", "names", "secrets", "diagnostics", "syntax"}
HEAVY = {"pydantic", "jinja2", "black", "httpx", "click", "rich", "asyncio"}

DISK_MODULES = {"os", "shutil", "tempfile", "glob", "io", "subprocess", "socket"}
DISK_CALLS = {
    "exists",
    "glob",
    "is_dir",
    "is_file",
    "iterdir",
    "lstat",
    "mkdir",
    "open",
    "read_bytes",
    "read_text",
    "rglob",
    "rmdir",
    "samefile",
    "stat",
    "symlink_to",
    "touch",
    "unlink",
    "write_bytes",
    "write_text",
}

VAGUE = ("engine", "manager", "handler", "util", "helper")

MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [*MODULES, *sorted(RUNTIME.rglob("*.py"))]

REFERENCE = [
    *(ROOT / "tests/reference").glob("*.py"),
    *(ROOT / "tests/soak").glob("*.py"),
]
"""What tests compare modules with: it is read, too."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a module imports, wherever in it, relative ones made full."""
    package = ["n3gen", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    inside = (name.split(".") for name in imported(path))
    return {parts[1] for parts in inside if parts[0] == "n3gen" and parts[1] in FLOOR}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Lines of a function with its docstring, without its decorators."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


every_module = pytest.mark.parametrize("path", MODULES, ids=name_of)
every_source = pytest.mark.parametrize("path", SOURCES, ids=name_of)


def test_every_room_stands_in_the_order() -> None:
    rooms = {room_of(path) for path in MODULES} - {"__init__", "__main__"}
    assert rooms <= set(FLOOR), "a new room needs its floor in ORDER"


@every_module
def test_imports_go_down_only(path: Path) -> None:
    room = room_of(path)
    floor = FLOOR.get(room, len(ORDER) if room == "__main__" else -1)
    above = {n for n in rooms_imported(path) if FLOOR[n] >= floor and n != room}
    assert not above, f"{room} may not import {sorted(above)}"


@every_module
def test_emit_never_sees_syntax(path: Path) -> None:
    if room_of(path) == "emit":
        assert "syntax" not in rooms_imported(path)


@every_module
def test_what_comes_before_emit_is_free_of_a_target(path: Path) -> None:
    if FLOOR.get(room_of(path), len(ORDER)) < FLOOR["emit"]:
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & {"asyncio", "black", "httpx"}


@every_module
def test_the_ground_floors_are_light(path: Path) -> None:
    if room_of(path) in LIGHT:
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & HEAVY


def test_the_ground_floors_load_nothing_heavy() -> None:
    modules = ", ".join(f"n3gen.{room}" for room in sorted(LIGHT))
    program = f"import sys, {modules}, n3gen.diagnostics.formats; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not set(run.stdout.split()) & HEAVY


@every_module
def test_only_cli_prints(path: Path) -> None:
    if room_of(path) in ("cli", "__main__"):
        return
    written = [ast.unparse(call.func) for call in calls(path)]
    assert not {"print", "input", "click.echo", "click.secho"} & set(written)
    streams = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
    assert not streams & set(imported(path))
    nodes = ast.walk(tree_of(path))
    used = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    assert not streams & used


@every_module
def test_only_project_touches_the_disk(path: Path) -> None:
    room = room_of(path)
    if room == "project":
        return
    allowed = {"is_dir", "iterdir", "read_text"} if room in ("emit", "pages") else set()
    called = {ast.unparse(call.func).rpartition(".")[2] for call in calls(path)}
    assert not called & (DISK_CALLS - allowed)
    if room not in ("cli", "__main__"):
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & DISK_MODULES


@every_module
def test_a_module_has_a_docstring(path: Path) -> None:
    if not path.name.startswith("__"):
        assert ast.get_docstring(tree_of(path))


@every_module
def test_a_module_says_what_it_offers(path: Path) -> None:
    if path.name.startswith("__"):
        return
    targets = (n.targets for n in tree_of(path).body if isinstance(n, ast.Assign))
    assert any(ast.unparse(target) == "__all__" for (target, *_) in targets)


@every_source
def test_names_say_something(path: Path) -> None:
    nodes = ast.walk(tree_of(path))
    defined = [n.name for n in nodes if isinstance(n, Function | ast.ClassDef)]
    vague = [n for n in (path.stem, *defined) for word in VAGUE if word in n.lower()]
    assert not vague


@pytest.mark.parametrize(
    "path", [*SOURCES, *REFERENCE], ids=lambda path: str(path.relative_to(ROOT))
)
def test_sizes(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 350, f"{lines} lines"
    long = {f.name: length(f) for f in functions(path) if length(f) > 60}
    assert not long
    wide = {f.name: taken(f) for f in functions(path) if taken(f) > 7}
    assert not wide


def taken(function: Function) -> int:
    """Parameters of a function but for `self` and `cls`."""
    of = function.args
    names = [arg.arg for arg in (*of.posonlyargs, *of.args, *of.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def test_functions_are_short_as_a_whole() -> None:
    lengths = sorted(length(f) for path in SOURCES for f in functions(path))
    assert statistics.median(lengths) <= 10
    assert lengths[int(len(lengths) * 0.95)] <= 40


def test_no_name_of_the_support_is_defined_twice() -> None:
    """A standalone module has the support as one text, where the last one would count."""
    found: dict[str, set[str]] = {}
    for path in sorted(RUNTIME.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            names: list[str] = []
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names = [node.name]
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = (
                    node.targets if isinstance(node, ast.Assign) else [node.target]
                )
                names = [one.id for one in targets if isinstance(one, ast.Name)]
            for name in {*names} - {"__all__"}:
                found.setdefault(name, set()).add(ast.dump(node))
    assert {name for name, forms in found.items() if len(forms) > 1} == set()
