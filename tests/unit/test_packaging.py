"""What an installation without the checkout has: every package and every template."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def packages(folder: Path, name: str) -> set[str]:
    found = (path.parent.relative_to(folder) for path in folder.rglob("*.py"))
    return {".".join((name, *path.parts)) for path in found}


@pytest.mark.parametrize("folder", ["codegen/n3gen", "templates"])
def test_every_folder_of_code_is_a_package(folder: str) -> None:
    folders = {path.parent for path in (ROOT / folder).rglob("*.py")}
    assert [str(f) for f in folders if not (f / "__init__.py").is_file()] == []


def test_every_package_is_installed() -> None:
    code = packages(ROOT / "codegen" / "n3gen", "n3gen")
    templates = packages(ROOT / "templates", "n3gen.templates")
    assert set(TOOL["packages"]) == code | templates


def test_every_template_is_installed() -> None:
    folder = ROOT / "templates"
    patterns = TOOL["package-data"]["n3gen.templates"]
    installed = {path for pattern in patterns for path in folder.glob(pattern)}
    assert installed == set(folder.rglob("*.j2"))
