"""The lines of a generated module that the steps of its chains have become."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from n3gen.names import python_name

__all__ = ["GeneratedLines"]


class GeneratedLines:
    """Where a module runs the steps that its spec names, each on a line of its own."""

    def __init__(self, text: str) -> None:
        self._steps: dict[tuple[str, int], tuple[int, int]] = {}
        self._functions: dict[str, tuple[int, int]] = {}
        for function in ast.parse(text).body:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                own = function.lineno, function.end_lineno or function.lineno
                self._functions[function.name] = own
                self._steps.update(_steps_in(function, own))

    def step(self, name: str, line: int) -> tuple[int, int] | None:
        """Return the first and last line of a step by its name and line in the spec."""
        return self._steps.get((name, line))

    def chain(self, name: str) -> tuple[int, int] | None:
        """Return the first and last line of the function that runs a chain."""
        return self._functions.get(f"_run_{python_name(name)}")


def _steps_in(
    function: ast.FunctionDef | ast.AsyncFunctionDef, own: tuple[int, int]
) -> Iterator[tuple[tuple[str, int], tuple[int, int]]]:
    """Yield the steps that a function runs: one that is a step's own is all of it."""
    found = [
        (key, (call.lineno, call.end_lineno or call.lineno))
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and (key := _key(call)) is not None
    ]
    if len({key for key, _ in found}) == 1 and isinstance(
        function.body[-1], ast.AsyncWith | ast.With
    ):
        yield found[0][0], own
    else:
        yield from found


def _key(call: ast.Call) -> tuple[str, int] | None:
    """The name and the line of a step that a call runs: `Step(run, "name", line=14)`."""
    lines = [word.value for word in call.keywords if word.arg == "line"]
    match call.args, lines:
        case (
            [ast.Name(id="run"), ast.Constant(value=str(name)), *_],
            [ast.Constant(value=int(line))],
        ):
            return name, line
    return None
