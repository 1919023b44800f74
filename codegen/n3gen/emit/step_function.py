"""The node of a step's function."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.nodes import Node, Place
from n3gen.emit.step_nodes import (
    Ask,
    Cached,
    Rendered,
    SpareFunction,
    Work,
    WorkPermit,
)
from n3gen.expressions import Code

__all__ = ["StepFunction"]


@dataclass(frozen=True, slots=True)
class StepFunction(Node):
    """The function of a step.

    `returns` is the type of what it returns, `type` that which its result is checked
    against, `result` the type of the result, unless it is skipped. `early` fields are
    rendered before the condition is asked, `rendered` ones after it. `permit` are the
    limit and the time of the work; it is all of the step where `is_all_work`. Work that
    may be tried more than once has `tries`: how often, and what is called instead. Where
    an earlier run has left its result, it returns `kept`, if that is worth while; it is
    bound to a variable first where it `is_kept_typed`. A result that is of the type
    `reread` is read from its JSON at once, as later lives of the run do. It returns `skipped` where the
    condition does not hold, and where it fails and `is_optional`. Where all its `needs`
    were skipped, steps or the steps of blocks, it is skipped too. What expressions read
    of it is kept in its `record`.
    """

    template = "steps/step.py.j2"

    function: str
    parameters: tuple[Code, ...]
    returns: Code
    doc: str
    name: str
    line: int
    early: tuple[Rendered, ...]
    condition: Code | None
    condition_place: Place | None
    rendered: tuple[Rendered, ...]
    spare_functions: tuple[SpareFunction, ...]
    work: Work
    tries: tuple[Code | Node, ...] | None
    cached: Cached | None
    permit: WorkPermit
    held: Code | None
    is_all_work: bool
    kept: Code | None
    is_kept_typed: bool
    result: Code
    type: Code | None
    reread: Code | None
    skipped: Code
    is_optional: bool = False
    needs: tuple[str | tuple[str, ...], ...] = ()
    record: str | None = None

    @property
    def memory(self) -> str | None:
        """The state that remembers what a model is asked and answers."""
        return self.work.memory if isinstance(self.work, Ask) else None

    @property
    def reads_step(self) -> bool:
        """Whether anything in the function reads the variable of the step."""
        is_bare = self.condition is None and self.kept is None and not self.needs
        may_fail = any(field.place for field in (*self.early, *self.rendered))
        return self.work.reads_step or not is_bare or may_fail or bool(self.permit)
