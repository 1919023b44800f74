"""Formatting specs, and writing one in the other spelling."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from n3gen.diagnostics.rule import Problems
from n3gen.project.config import Config, find_config
from n3gen.project.errors import ProjectError
from n3gen.project.freshness import Cause
from n3gen.project.links import leads_out
from n3gen.project.moved_paths import moved
from n3gen.project.single import sources
from n3gen.project.starter import SCHEMA_COMMENT, SCHEMA_FILE, schema_line
from n3gen.project.writing import Change, apply, write_file
from n3gen.source import SourceFile
from n3gen.syntax.uses import has_spec_ending

__all__ = [
    "Converted",
    "Formatted",
    "Spelling",
    "convert",
    "format_files",
    "other_spelling",
    "save",
]

Spelling = Literal["ai", "yaml"]


@dataclass(frozen=True, slots=True)
class Formatted:
    """How many `.ai` files were looked at, their faults, and what changes in the rest.

    `others` are the files in the other spelling that the paths name themselves.
    """

    files: int
    problems: Problems
    changes: tuple[Change, ...]
    others: tuple[str, ...] = ()

    def write(self) -> None:
        """Writes the changes, all or nothing; raises `ProjectError`."""
        apply(self.changes)


@dataclass(frozen=True, slots=True)
class Converted:
    """A spec in the other spelling; no `text` where it has errors."""

    config: Config
    problems: Problems
    text: str | None
    has_comments: bool = False


def format_files(config: Config, paths: tuple[str, ...]) -> Formatted:
    """Return what the one layout changes in the `.ai` files that `paths` select."""
    from n3gen.syntax import format_ai

    files = [file for file in sources(config, paths) if _is_ai(file.path)]
    others = (path for path in paths if os.path.isfile(path))
    problems = Problems()
    changes: list[Change] = []
    for file in files:
        text, found = format_ai(file)
        problems.extend(found)
        if text is not None and text != file.text:
            changes.append(_change(config, file, text))
    left = tuple(path for path in others if not _is_ai(path))
    return Formatted(len(files), problems, tuple(changes), left)


def other_spelling(path: str, output: str | None = None) -> Spelling:
    """The spelling that the ending of `output` asks for, else the one `path` has not."""
    if output is not None and has_spec_ending(output):
        return "ai" if _is_ai(output) else "yaml"
    return "yaml" if _is_ai(path) else "ai"


def convert(
    path: str,
    to: Spelling,
    output: str | None = None,
    config: Config | None = None,
) -> Converted:
    """Return the spec `path` in the spelling `to`.

    Raises `ProjectError` if it cannot be read, is the very file to write, or where the
    ending of `output` says the other spelling.
    """
    from n3gen.syntax import print_ai, print_yaml, read_document

    if os.path.isdir(path):
        raise ProjectError(f"`{path}` is a folder; name one spec file")
    if output is not None and os.path.realpath(output) == os.path.realpath(path):
        raise ProjectError(f"`{path}` would be overwritten with itself")
    says = output is not None and has_spec_ending(output)
    if says and to != other_spelling(path, output):
        raise ProjectError(
            f"`{output}` would hold what its ending does not say: "
            f"give it the ending `.{to}`, or leave out `--to {to}`"
        )
    config = config or find_config(path)
    if output is not None and leads_out(config, os.path.abspath(output)):
        real = os.path.realpath(output)
        raise ProjectError(
            f"`{output}` is, or lies behind, a link to `{real}`, out of the project "
            f"`{config.root}`; remove the link"
        )
    (source,) = sources(config, (path,))
    document, found = read_document(source)
    problems = Problems()
    problems.extend(found)
    if document is None or problems.has_errors:
        return Converted(config, problems, None)
    if output is not None:
        document = moved(document, os.path.dirname(path), os.path.dirname(output))
    printed = print_ai(document) if to == "ai" else print_yaml(document)
    # What is in texts is printed too: what is gone was of comments.
    written = source.text.count("#") - source.text.count(SCHEMA_COMMENT)
    has_comments = written > printed.count("#")
    if to == "yaml":
        printed = _schema_line(config, output or path) + printed
    return Converted(config, problems, printed, has_comments)


def _is_ai(path: str) -> bool:
    """Whether a name ends in `.ai`, or in `.AI`, which no spec may."""
    return path.lower().endswith(".ai")


def _schema_line(config: Config, output: str) -> str:
    """The line by which editors find the schema; none where the project has no schema."""
    root = os.path.realpath(config.root)
    if not os.path.isfile(os.path.join(root, SCHEMA_FILE)):
        return ""
    folder = os.path.dirname(os.path.realpath(output))
    return schema_line(os.path.relpath(folder, root).replace(os.sep, "/"))


def save(path: str, text: str) -> None:
    """Writes a text to `path`, relative to the working directory, whole or not at all."""
    write_file(os.path.abspath(path), path, text.encode())


def _change(config: Config, file: SourceFile, text: str) -> Change:
    return Change(
        config.absolute(file.path),
        config.seen(file.path),
        Cause.SPEC_CHANGED,
        file.text.encode(),
        text.encode(),
    )
