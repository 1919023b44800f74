"""Lock files pin every version exactly and satisfy the ranges they were made from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
PEERS = ROOT / "tests" / "peers"
SITE = ROOT / "docs" / "site"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"]


def ranges_of(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


LOCKS = {
    ROOT / "requirements.lock": RUNTIME,
    ROOT
    / "requirements-dev.lock": [
        *RUNTIME,
        *PROJECT["project"]["optional-dependencies"]["dev"],
    ],
    PEERS / "requirements.lock": ranges_of(PEERS / "requirements.txt"),
    SITE / "requirements.lock": ranges_of(SITE / "requirements.txt"),
    PEERS / "llama_cpp.lock": ranges_of(PEERS / "llama_cpp.txt"),
    PEERS / "phoenix.lock": ranges_of(PEERS / "phoenix.txt"),
}

every_lock = pytest.mark.parametrize(
    "path", LOCKS, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def requirements_in(path: Path) -> list[Requirement]:
    """The requirements of a lock file, without the hashes on their continued lines."""
    text = re.sub(r" \\\n( +--hash=\S+)", "", path.read_text(encoding="utf-8"))
    return [Requirement(line) for line in text.splitlines()]


@every_lock
def test_every_version_is_exact(path: Path) -> None:
    for locked in requirements_in(path):
        assert re.fullmatch(r"==[^*,]+", str(locked.specifier)), locked
        assert locked.url is None


@every_lock
def test_a_lock_satisfies_its_ranges(path: Path) -> None:
    versions = {
        canonicalize_name(locked.name): str(locked.specifier).removeprefix("==")
        for locked in requirements_in(path)
        if locked.marker is None or locked.marker.evaluate()
    }
    for wanted in map(Requirement, LOCKS[path]):
        version = versions.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted} is not locked: run `make lock`"
        assert wanted.specifier.contains(version), f"{wanted}: run `make lock`"


def test_what_the_demo_installs_is_locked_alike_for_the_tests() -> None:
    demo = set(map(str, requirements_in(ROOT / "requirements.lock")))
    assert demo <= set(map(str, requirements_in(ROOT / "requirements-dev.lock")))


def test_the_packages_from_npm_are_locked_by_their_content() -> None:
    lock = json.loads((PEERS / "package-lock.json").read_text(encoding="utf-8"))
    root = lock["packages"].pop("")
    declared = json.loads((PEERS / "package.json").read_text(encoding="utf-8"))
    assert root["dependencies"] == declared["dependencies"]
    for name, package in lock["packages"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+\S*", package["version"]), name
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, f"{name} names the host of a registry"
