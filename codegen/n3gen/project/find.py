"""The spec files that a configuration and the paths of a command name, and their modules."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from n3gen.names import python_name
from n3gen.project.config import Config, has_config
from n3gen.project.errors import ProjectError, disk_error
from n3gen.project.texts import Texts
from n3gen.syntax.uses import SPEC_ENDINGS, has_spec_ending

__all__ = ["SpecFile", "covers", "find_specs", "glob_folder", "glob_pattern"]

_RESERVED = frozenset({"__init__", "__main__", "_runtime"})
_SKIPPED = frozenset({"__pycache__", "node_modules"})
_MAGIC = re.compile(r"[*?]")

_START = 256
"""Bytes of a JSON file that are read to distinguish a list from a spec."""


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A spec file: its shown path, and that of its module below the out folder.

    `module` has no ending: `support/triage`. `selected` is false where the
    command was given paths that do not name it.
    """

    path: str
    module: str
    selected: bool = True


def find_specs(config: Config, paths: Sequence[str] = ()) -> list[SpecFile]:
    """The spec files of a project in the order of their paths.

    `paths` (absolute, or relative to the working directory) select some; those
    that the configuration does not cover are added, each with its own modules
    below the folder that was named. Raises `ProjectError` where a path is
    missing, outside the project, or cannot be read.
    """
    asked = [_inside(config, path) for path in paths]
    if not asked and not config.specs:
        raise ProjectError(
            f"there is no folder `chains` or `specs` in `{config.root}`; name the spec "
            "files, set `specs` in the configuration, or start with `n3gen init`"
        )
    found: dict[str, str] = {}
    for entry in config.specs:
        for base, path in _covered(config, entry, must_exist=not asked):
            found.setdefault(path, _module(base, path))
    for path in asked:
        if not any(_is_at(spec, path) for spec in found):
            for base, spec in _covered(config, path, must_exist=True):
                found.setdefault(spec, _module(base, spec))
            if not any(_selects(path, spec) for spec in found):
                _check_named(config, path)
    return [
        SpecFile(path, found[path], _is_selected(path, asked)) for path in sorted(found)
    ]


def _check_named(config: Config, path: str) -> None:
    """Raise `ProjectError` for a path without a spec that the configuration does not name.

    A folder of the configuration may be empty: its modules are orphans then.
    """
    if _MAGIC.search(path):
        raise ProjectError(f"no spec file matches `{path}`")
    entries = (os.path.normpath(entry).replace(os.sep, "/") for entry in config.specs)
    if not any(_is_at(one, path) or _is_at(path, one) for one in entries):
        endings = ", ".join(SPEC_ENDINGS)
        raise ProjectError(f"no file in `{path}` is a spec: none ends in {endings}")


def covers(config: Config, path: str) -> bool:
    """Whether the configuration names the file of a shown path, there or not, a spec."""
    folders = path.split("/")
    around = ["/".join(folders[: depth + 1]) for depth in range(len(folders))]
    excluded = _excluded(config)
    if any(pattern.fullmatch(part) for pattern in excluded for part in around):
        return False
    entries = (os.path.normpath(entry).replace(os.sep, "/") for entry in config.specs)
    return has_spec_ending(path) and any(_selects(one, path) for one in entries)


def glob_folder(entry: str) -> str:
    """Return the folder that a glob begins with, or a path that is none as it is."""
    head, *rest = _MAGIC.split(entry, maxsplit=1)
    return (head.rpartition("/")[0] or ".") if rest else entry


def _is_at(path: str, place: str) -> bool:
    return path == place or place == "." or path.startswith(place + "/")


def _is_selected(path: str, asked: Sequence[str]) -> bool:
    return not asked or any(_selects(place, path) for place in asked)


def _selects(place: str, path: str) -> bool:
    """Whether a path of the command line, perhaps a glob, names a spec file."""
    if _is_at(path, place):
        return True
    return bool(_MAGIC.search(place) and glob_pattern(place).fullmatch(path))


def _inside(config: Config, path: str) -> str:
    shown = config.shown(path)
    if not _MAGIC.search(path) and not os.path.lexists(path):
        raise _missing(config, path, shown)
    if shown == ".." or shown.startswith("../") or os.path.isabs(shown):
        raise ProjectError(f"`{path}` is outside of the project `{config.root}`")
    return shown


def _covered(config: Config, entry: str, must_exist: bool) -> Iterator[tuple[str, str]]:
    """Pairs of a base folder and a spec file below it, for a folder, a file or a glob."""
    entry = os.path.normpath(entry).replace(os.sep, "/")
    if _MAGIC.search(entry) and not os.path.exists(config.absolute(entry)):
        base = glob_folder(entry)
        matches = glob_pattern(entry)
        folder_specs = _walk(config, base)
        yield from ((base, path) for path in folder_specs if matches.fullmatch(path))
        return
    absolute = config.absolute(entry)
    if os.path.isdir(absolute):
        yield from ((entry, path) for path in _walk(config, entry))
    elif os.path.exists(absolute):
        if not has_spec_ending(entry):
            endings = ", ".join(SPEC_ENDINGS)
            raise ProjectError(
                f"`{entry}` is not a spec file: its ending is not {endings}"
            )
        yield _base_of(config, entry), _printable(entry)
    elif must_exist:
        raise _missing(config, entry, entry)


def _missing(config: Config, path: str, shown: str) -> ProjectError:
    """The error for a path that is not there, with what it was taken for."""
    words = f"there is no file or folder `{path}`"
    if not shown.startswith("../"):
        words = f"there is no file or folder `{shown}` in `{config.root}`"
    if shown in map(os.path.normpath, config.specs):
        words += ", which `specs` in the configuration names"
    elif file := _file_of_chain(config, path):
        words += f"; it is a chain of `{config.seen(file)}`: name that file"
    return ProjectError(words)


def _file_of_chain(config: Config, name: str) -> str | None:
    """The first of the configured spec files that has a chain of this name."""
    texts = Texts(config)
    with suppress(ProjectError):
        for entry in config.specs:
            for _, path in _covered(config, entry, must_exist=False):
                if name in texts.chains(path):
                    return path
    return None


def _base_of(config: Config, path: str) -> str:
    """The configured folder that a file is in, else the folder that it lies in."""
    for entry in config.specs:
        base = os.path.normpath(entry).replace(os.sep, "/")
        if path != base and _is_at(path, base):
            return base
    return os.path.dirname(path) or "."


def _walk(config: Config, folder: str) -> list[str]:
    """The shown paths of all spec files below a shown folder.

    A folder below it with a configuration of its own is another project.
    """
    found: list[str] = []
    excluded = _excluded(config)
    real = os.path.realpath(config.absolute(folder))
    waiting: list[tuple[str, str, tuple[str, ...]]]
    waiting = [("" if folder == "." else folder, config.absolute(folder), (real,))]
    while waiting:
        shown, path, above = waiting.pop()
        for name, entry in _entries(path, shown or "."):
            inner = f"{shown}/{name}" if shown else name
            if any(pattern.fullmatch(inner) for pattern in excluded):
                continue
            if _is_folder(entry):
                if name not in _SKIPPED and not has_config(entry.path):
                    waiting.append((inner, entry.path, _below(entry, inner, above)))
            elif has_spec_ending(name) and not _is_list(entry.path):
                found.append(_printable(inner))
    return found


def _excluded(config: Config) -> list[re.Pattern[str]]:
    """The patterns of what is excluded, which mean what they mean in a `.gitignore`.

    One without a `/`, but perhaps at its end, matches at any depth.
    """
    return [
        glob_pattern(glob if "/" in glob.rstrip("/") else f"**/{glob}")
        for glob in config.exclude
    ]


def _is_list(path: str) -> bool:
    """Whether a file is a list in JSON, such as the rows of a test, and so no spec."""
    if not (path.lower().endswith(".json") and os.path.isfile(path)):
        return False
    try:
        with open(path, "rb") as file:
            start = file.read(_START).removeprefix(BOM_UTF8).lstrip()
    except OSError:  # a file that cannot be read is reported as a spec
        return False
    return start.startswith(b"[")


def _entries(path: str, shown: str) -> list[tuple[str, os.DirEntry[str]]]:
    try:
        with os.scandir(path) as entries:
            return [(e.name, e) for e in entries if not e.name.startswith(".")]
    except OSError as error:
        raise disk_error("read", shown, error) from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: reported as a file that cannot be read
        return False


def _below(
    entry: os.DirEntry[str], shown: str, above: tuple[str, ...]
) -> tuple[str, ...]:
    """The real folders on the way to an entry; raises where a link leads round."""
    if not entry.is_symlink():
        return (*above, os.path.join(above[-1], entry.name))
    real = os.path.realpath(entry.path)
    if real in above:
        raise ProjectError(f"`{shown}` is a link to a folder that contains it")
    return (*above, real)


def _printable(path: str) -> str:
    """The path, which must hold nothing that could break a line of a message or a module."""
    if not path.isprintable():
        raise ProjectError(f"the name of {path!r} contains an unprintable character")
    return path


def _module(base: str, path: str) -> str:
    """The path of the module of a spec below its base folder, each part an identifier."""
    below = path if base == "." else path[len(base) + 1 :]
    parts = below.rpartition(".")[0].split("/")
    names = [_part(part) for part in parts]
    if not all(names):
        raise ProjectError(
            f"the name of `{path}` has no letter or digit for its module"
        )
    return "/".join(names)


@lru_cache(maxsize=4096)
def _part(name: str) -> str:
    return python_name(name, _RESERVED)


@lru_cache(maxsize=256)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """The pattern of a glob over shown paths: `**` spans folders, `*` and `?` do not.

    A glob that matches a folder matches all in it.
    """
    parts: list[str] = []
    normal = os.path.normpath(glob).replace(os.sep, "/").removesuffix("/**")
    for part in normal.split("/"):
        if part == "**":
            parts.append("(?:[^/]+/)*")
        else:
            text = re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
            parts.append(f"{text}/")
    return re.compile("".join(parts).removesuffix("/") + "(?:/.*)?")
