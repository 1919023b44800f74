"""Rules about files, whatever is in them: N123, N901 to N904."""

from __future__ import annotations

import posixpath

from n3gen.diagnostics.rule import Diagnostic, Label, Rule
from n3gen.source import SourceFile, Span

__all__ = [
    "ModuleClash",
    "StaleFile",
    "StaleGraph",
    "UnformattedFile",
    "UnreadableFile",
]


class UnreadableFile(Rule):
    """A spec file that cannot be read

    A spec is a regular file inside of the project. A pipe, a device, a link that leads
    out of the project or to nothing, a file that may not be read or is too large has
    no text to look at. Its ending is in small letters: a file named `greet.AI` has to be
    renamed. The other files are checked all the same, and nothing is built.

    Wrong:

    ```ai
    # chains/greet.ai, a link to a file outside of the project
    chain greet:
        step hello:
            value: hello
    ```

    Right:

    ```ai
    # chains/greet.ai, a copy of that file
    chain greet:
        step hello:
            value: hello
    ```
    """

    code = "N123"
    name = "unreadable-file"

    @classmethod
    def of(cls, source: SourceFile) -> Diagnostic:
        reason, _, way_out = source.unreadable.partition("; ")
        return cls.diagnose(
            f"this file cannot be read: {reason}",
            Label(source, Span(0, 0)),
            help=way_out
            or "mend or remove it, or name it in `exclude` of the configuration",
        )


class ModuleClash(Rule):
    """Two spec files whose modules would have one name

    A module is named after its spec file, whatever the ending: `triage.ai` and
    `triage.yaml` would both be built into `triage.py`. So would `my-chain.ai` and
    `my_chain.ai`, and on some disks `Triage.ai` and `triage.ai`. A module `triage.py`
    beside a package `triage`, for the specs of a folder of that name, could not be
    imported. Nothing is built while two files meet.

    Wrong:

    ```ai
    # chains/triage.ai, beside chains/triage.yaml
    chain triage:
        step read:
            value: 1
    ```

    Right:

    ```ai
    # chains/urgent.ai, beside chains/triage.yaml
    chain triage:
        step read:
            value: 1
    ```
    """

    code = "N901"
    name = "module-clash"

    @classmethod
    def of(cls, module: str, label: Label, other: Label) -> Diagnostic:
        return cls.diagnose(
            f"this file builds the module `{module}.py`, and so does "
            f"`{_beside(label, other)}`",
            label,
            other,
            help="rename or remove one of them",
        )

    @classmethod
    def hidden(cls, module: str, label: Label, other: Label) -> Diagnostic:
        return cls.diagnose(
            f"this file builds the package `{module}`, which would hide the module "
            f"`{module}.py` of `{_beside(label, other)}`",
            label,
            other,
            help="rename the file or the folder",
        )


def _beside(label: Label, other: Label) -> str:
    """The path of the other file, from the folder of the one at the label."""
    folder = posixpath.dirname(label.file.path) or "."
    return posixpath.relpath(other.file.path, folder)


class StaleFile(Rule):
    """A generated file that is not what its spec builds

    What is committed runs. Where a spec, an option or the file itself has changed since
    the build, a review of the spec is no review of what runs. `n3gen check` finds it by
    the hashes in the file, and names the cause.

    Wrong:

    ```ai
    # chains/greet.ai, changed since generated/greet.py was built
    chain greet:
        step hello:
            value: hello
    ```

    Right:

    ```ai
    # chains/greet.ai, as generated/greet.py was built from it
    chain greet:
        step hello:
            value: hello
    ```
    """

    code = "N902"
    name = "stale-file"

    @classmethod
    def of(cls, path: str, cause: str, command: str) -> Diagnostic:
        return cls.diagnose(
            f"this file is not up to date: {cause}", _top(path), help=f"run `{command}`"
        )


class StaleGraph(Rule):
    """A graph in a page that is not the one of its chain

    A picture that shows what a chain did last month is worse than none.
    `n3gen graph --embed` draws it anew; `n3gen check` finds the pages that need it.

    Wrong:

    ```ai
    # chains/greet.ai, changed since README.md got its graph
    chain greet:
        step hello:
            value: hello
    ```

    Right:

    ```ai
    # chains/greet.ai, as README.md shows it
    chain greet:
        step hello:
            value: hello
    ```
    """

    code = "N903"
    name = "stale-graph"

    @classmethod
    def of(cls, path: str, reason: str, command: str) -> Diagnostic:
        return cls.diagnose(reason, _top(path), help=f"run `{command}`")

    @classmethod
    def missing(cls, path: str, reason: str) -> Diagnostic:
        """For a file that should have graphs."""
        return cls.diagnose(
            reason, _top(path), help="write it, or take it out of `embed`"
        )


class UnformattedFile(Rule):
    """A file that is not in the one layout

    There is one layout of `.ai` files, so that a diff shows what has changed and
    nothing else. `n3gen fmt` brings a file into it; `n3gen fmt --check` finds the files
    that are not.

    Wrong:

    ```ai
    chain greet:
      step hello:
        value:   hello
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: hello
    ```
    """

    code = "N904"
    name = "unformatted-file"

    @classmethod
    def of(cls, path: str) -> Diagnostic:
        return cls.diagnose(
            "this file is not in the one layout", _top(path), help="run `n3gen fmt`"
        )


def _top(path: str) -> Label:
    """The first place of a file, whatever stands there."""
    return Label(SourceFile(path, ""), Span(0, 0))
