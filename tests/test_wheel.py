"""The wheel, installed where no checkout is: it starts a project, builds and tests it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.large

ROOT = Path(__file__).parent.parent
TEST = """
test glad of hello:
    payload: {name: Ada, message: "The update is wonderful."}
    expect:
        status: ok
        steps: {mood: {result: glad}}
"""

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


OF_THE_ROOT = ("CHANGELOG.md", "LICENSE", "MANIFEST.in", "README.md", "pyproject.toml")

CODE = ("codegen", "templates")


def copied(source: Path) -> Path:
    """A copy of what the packages are built from."""
    for name in CODE:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in OF_THE_ROOT:
        shutil.copy(ROOT / name, source)
    return source


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel installs, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    source = copied(folder / "source")
    build = (*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    subprocess.run([*build, source], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    target = folder / "installed"
    install = (*PIP, "install", "--no-deps", "--target", target, wheel)
    subprocess.run(install, check=True, capture_output=True)
    return target


def test_the_packages_hold_the_code_alone_and_are_built_without_a_warning(
    tmp_path: Path,
) -> None:
    source = copied(tmp_path / "source")
    (source / "tests").mkdir()
    (source / "tests/test_x.py").write_text("")
    files = {
        path.relative_to(source).as_posix()
        for name in CODE
        for path in (source / name).rglob("*")
        if path.is_file()
    }
    build = "from setuptools.build_meta import *; build_sdist('..'); build_wheel('..')"
    subprocess.run(
        [sys.executable, "-W", "error", "-c", build],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (sdist,), (wheel,) = tmp_path.glob("*.tar.gz"), tmp_path.glob("*.whl")
    with tarfile.open(sdist) as archive:
        names = [one.name for one in archive.getmembers() if one.isfile()]
    held = {name.partition("/")[2] for name in names}
    made = {name for name in held if name.startswith("n3gen.egg-info/")}
    assert held - made == files | {*OF_THE_ROOT, "PKG-INFO", "setup.cfg"}
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("n3gen/")]
    templates = {name.replace("templates/", "n3gen/templates/") for name in files}
    assert {*names} == {name.removeprefix("codegen/") for name in templates}


def test_a_project_is_started_built_and_tested_without_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    def n3gen(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "n3gen", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    where = "import n3gen, n3gen.templates as t; print(n3gen.__file__, t.__file__)"
    shown = subprocess.run(
        [sys.executable, "-c", where],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.count(str(installed)) == 2
    n3gen("init")
    assert "1 module" in n3gen("build")
    assert "1 module up to date" in n3gen("check")
    with (tmp_path / "chains" / "hello.ai").open("a") as file:
        file.write(TEST)
    assert "1 test passed" in n3gen("test")
