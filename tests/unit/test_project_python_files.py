"""The Python modules of a project, read as files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from n3gen.cli import main
from n3gen.project.python_files import PythonFiles
from n3gen.semantics.functions import read_module


def write(root: Path, path: str, text: str = "") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def test_modules_are_found_from_the_root_and_from_src(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py", "x = 1")
    write(tmp_path, "src/c/__init__.py", "y = 1")
    write(tmp_path, "src/c/fast.cpython-313.so")
    files = PythonFiles(str(tmp_path))
    assert (files.text("a.b"), files.text("c")) == ("x = 1\n", "y = 1\n")
    assert files.text("a.c") is files.text("httpx") is None
    lacking = ("c.d", "c.fast", "a.c", "os.nix", "c")
    assert [files.lacks(name) for name in lacking] == [True, False, False, False, False]


def test_what_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_bytes(b"\xff")
    (tmp_path / "folder.py").mkdir()
    files = PythonFiles(str(tmp_path))
    assert files.text("odd") is files.text("folder") is None


@pytest.mark.parametrize(
    "text",
    [
        "from x import *",
        "def __getattr__(name): ...",
        "globals()['f'] = 1",
        "def f(:",
        "f\0",
    ],
)
def test_a_module_may_say_only_when_it_runs_what_it_has(text: str) -> None:
    assert read_module(text) is None


def test_names_that_a_module_binds() -> None:
    module = read_module("""
import os.path as p, sys
try:
    from fast import f
except ImportError:
    def f(a): ...
for i in range(3):
    k: int = (w := i)
with open("x") as file:
    [a, *b] = 1, 2
class C:
    inner = 1
def g(a, /, b, *c, d=1, e, **h):
    local = 1
def twice(): ...
twice = 1
""")
    assert module is not None
    names = ["p", "sys", "f", "i", "k", "w", "file", "a", "b", "C", "g", "twice"]
    assert set(names) <= module.names
    assert not {"inner", "local", "os", "fast"} & module.names
    assert list(module.functions) == ["g"]
    found = module.functions["g"]
    assert (found.names, found.needed) == (("b", "d", "e"), ("a", "b", "e"))
    assert found.takes_any_name and found.at_once is None


def test_nothing_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "never_imported.py", "raise SystemExit(3)\ndef f(): ...\n")
    spec = "chain c:\n    step a:\n        kind: python\n        target: never_imported:g\n"
    write(tmp_path, "chains/a.ai", spec)
    for command in ("lint", "build"):
        assert main([command]) == 1
        said = capsys.readouterr()
        assert "N333" in said.out + said.err
    assert "never_imported" not in sys.modules


def test_a_source_that_is_no_python_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "broken.py", "x = 1\ndef f(context)\n")
    spec = "chain c:\n    step a:\n        kind: python\n        target: broken:f\n"
    write(tmp_path, "chains/a.ai", spec)
    assert main(["lint"]) == 0
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert (
        f"note[N335]: module `broken` is no Python {version}: expected ':' in line 2\n"
        in capsys.readouterr().out
    )


def test_a_module_py_of_a_package_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "tools/py.py", "def f(context): ...\n")
    spec = "chain c:\n    step a:\n        kind: python\n        target: tools.py:{}\n"
    write(tmp_path, "chains/a.ai", spec.format("f"))
    assert main(["lint"]) == 0
    write(tmp_path, "chains/a.ai", spec.format("g"))
    assert main(["lint"]) == 1
    assert "module `tools.py` has no function `g`" in capsys.readouterr().out


def test_a_module_is_known_in_the_project_or_where_it_is_installed(
    tmp_path: Path,
) -> None:
    write(tmp_path, "namespace/there.py")
    write(tmp_path, "src/flat.py")
    files = PythonFiles(str(tmp_path))
    known = ["namespace.there", "flat", "json.decoder", "json.nothing", "pytest.any"]
    assert [name for name in known if not files.knows(name)] == []
    unknown = ["namespace.missing", "flatt", "never_imported", "never_imported.part"]
    assert [name for name in unknown if files.knows(name)] == []


def test_a_lambda_is_a_function_and_a_literal_is_none() -> None:
    module = read_module("""
import json
words = lambda text, *, most=1: text.split()
LIMIT, OTHER = 5, 6
TEXT = f"{LIMIT}"
handler = None
made = build()
def set_handler(function):
    global handler
    handler = function
""")
    assert module is not None
    assert module.functions["words"].names == ("text", "most")
    assert module.functions["words"].needed == ("text",)
    assert module.values == {"json", "TEXT"}


def test_functions_of_the_standard_library_are_known(tmp_path: Path) -> None:
    files = PythonFiles(str(tmp_path))
    for module, function in (
        ("math", "sqrt"),
        ("json", "dumps"),
        ("textwrap", "shorten"),
    ):
        text = files.text(module)
        assert text is not None
        found = read_module(text)
        assert found is not None
        assert function in found.names
        assert f"{function}z" not in found.names
    assert files.text("httpx") is None


def test_a_module_of_the_project_goes_before_the_standard_library(
    tmp_path: Path,
) -> None:
    (tmp_path / "math.py").write_text("def own(): ...")
    assert PythonFiles(str(tmp_path)).text("math") == "def own(): ...\n"
