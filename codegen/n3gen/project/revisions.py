"""The specs of a project as they were in another revision of its git repository."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from n3gen.project.config import CONFIG_FILE, Config, find_config
from n3gen.project.errors import ProjectError
from n3gen.project.texts import SIZE_LIMIT
from n3gen.syntax.uses import SPEC_ENDINGS

__all__ = ["project_at"]

_CONFIGURATIONS = (CONFIG_FILE, "pyproject.toml")


@contextmanager
def project_at(config: Config, revision: str) -> Iterator[Config]:
    """Check out what a project's specs and configuration were, into a folder of their own.

    Raises `ProjectError` where the project is in no repository, or has no such revision.
    """
    commit = _git(config, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    files = _git(config, "ls-tree", "-r", "-l", "-z", commit.decode().strip(), ".")
    with tempfile.TemporaryDirectory(prefix="n3gen-") as folder:
        root = os.path.realpath(folder)
        wanted = [*_wanted(files.decode(errors="surrogateescape"))]
        _write(config, root, wanted)
        found = find_config(root)
        if found.root != root:  # none here: one further up is none of the revision's
            found = Config(root)
        yield found


def _wanted(listed: str) -> Iterator[tuple[str, str]]:
    """The objects and the paths of files that may be specs or configurations."""
    for line in listed.split("\0"):
        about, _, path = line.partition("\t")
        if not path or path.startswith("../"):
            continue
        _, kind, object_, size = about.split()
        is_wanted = path in _CONFIGURATIONS or path.endswith(SPEC_ENDINGS)
        if kind == "blob" and is_wanted and int(size) <= SIZE_LIMIT:
            yield object_, path


def _write(config: Config, root: str, wanted: list[tuple[str, str]]) -> None:
    """Write the files, all read by one process of git."""
    if not wanted:
        return
    names = "".join(f"{object_}\n" for object_, _ in wanted)
    data = _git(config, "cat-file", "--batch", given=names.encode())
    at = 0
    for _, path in wanted:
        end = data.index(b"\n", at)
        start, size = end + 1, int(data[at:end].split()[2])
        at = start + size + 1
        place = os.path.join(root, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(data[start : start + size])


def _git(config: Config, *arguments: str, given: bytes | None = None) -> bytes:
    command = ["git", "-C", config.root, *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise ProjectError(
            "git is not installed; compare with a file by `--baseline`"
        ) from error
    if done.returncode == 0:
        return done.stdout
    if arguments[0] == "rev-parse" and not done.stderr:
        named = arguments[-1].removesuffix("^{commit}")
        raise ProjectError(
            f"the repository has no revision `{named}`; a shallow clone lacks old ones"
        )
    reason = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
    raise ProjectError(f"cannot ask git about `{config.root}`: {reason}")
