"""Rules about files, whatever stands in them: N123, N901."""

from __future__ import annotations

import posixpath

from n3gen.diagnostics.rule import Diagnostic, Label, Rule
from n3gen.source import SourceFile, Span

__all__ = ["ModuleClash", "UnreadableFile"]


class UnreadableFile(Rule):
    """A spec file that cannot be read

    A spec is a regular file inside of the project. A pipe, a device, a link that leads
    out of the project or to nothing, a file that may not be read or is too large has
    no text to look at. The other files are checked all the same, and nothing is built.

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
