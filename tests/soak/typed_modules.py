"""What type checkers and a linter say of modules that a campaign has built."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from n3gen.compiler import Options, compile_file
from n3gen.source import SourceFile

from tests.building import runtime_files, unformatted, write_files
from tests.soak.findings import Findings

__all__ = ["check_types"]

IDLE = "I001,RUF034,SIM101,SIM222,SIM223,ISC004,PLR0124"
"""Rules about expressions that are drawn: both ways of a choice may be the same, say.

I001 is about white space, which these modules have as templates leave it. ISC004 asks
for parentheses around a text in pieces that is alone in a list, which black takes away.
"""

CONFIG = {
    "include": ["built"],
    "typeCheckingMode": "strict",
    "pythonVersion": "3.11",
    "reportMissingImports": False,
    "reportMissingModuleSource": False,
}

_TOLD = re.compile(
    r'Literal\[.*no overlap|Unnecessary isinstance call; "Literal\['
    r'|not supported for types "Literal\[[^"]+" and "Literal\['
)
"""What pyright says of values that have been compared with a literal before."""

ALONE = 12
"""Of so many modules one is checked with its own copy of the support, too."""


def check_types(sources: list[SourceFile], findings: Findings) -> None:
    """Check modules, some of them in both layouts, which must be clean in strict mode."""
    with TemporaryDirectory() as name, unformatted():
        folder, support = Path(name), frozenset[str]()
        files = {"__init__.py": ""}
        for number, source in enumerate(sources):
            shared = compile_file(source, Options(runtime="shared"))
            assert shared.body is not None
            files[f"shared{number}.py"] = shared.body
            support |= shared.support
            if number % ALONE == 0:
                alone = compile_file(source, Options())
                assert alone.body is not None
                files[f"alone{number}.py"] = alone.body
        write_files(folder / "built", {**files, **runtime_files(support)})
        write_files(folder, {**_named(), "pyrightconfig.json": json.dumps(CONFIG)})
        nothing = ["--config-file", os.devnull, "--cache-dir", os.devnull]
        for tool in (
            ["mypy", "--strict", *nothing, "-p", "built"],
            ["pyright", "--pythonpath", sys.executable],
            ["ruff", "check", "--isolated", "--ignore", IDLE, "--quiet", "built"],
        ):
            shown = subprocess.run(
                [sys.executable, "-m", *tool],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            said = [*filter(_is_fault, shown.stdout.splitlines())]
            if shown.returncode and (said or not shown.stdout):
                told = "\n".join([*said, shown.stderr])
                findings.add(f"{tool[0]} finds faults", told)
                for number, source in enumerate(sources):
                    own = (f"shared{number}.py", f"alone{number}.py")
                    if any(file in told for file in own):
                        findings.add(f"found by {tool[0]}", text=source.text)


def _is_fault(line: str) -> bool:
    """Whether a line tells of a fault, not of a value that a condition has told before.

    After a drawn `x == 1` pyright knows what `x in x` and `x is number` come to.
    """
    return ".py:" in line and not _TOLD.search(line)


def _named() -> dict[str, str]:
    """Return the modules that random specs name, as files."""
    text = "from typing import Any\n\n\ndef {}(a: Any = None) -> Any: ...\n"
    functions = {
        "app/f.py": ["g", "items"],
        "app/g.py": ["h"],
        "app/tools.py": ["weather"],
    }
    functions["lib/x.py"] = ["f"]
    files = {
        path: "\n\n".join(map(text.format, names)) for path, names in functions.items()
    }
    return {**files, "app/__init__.py": "", "lib/__init__.py": ""}
