"""What the results in caches depend on beside what their steps are given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from n3gen.emit.code import constant, name, support_call
from n3gen.emit.connections import envs_of
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.scope import ChainScope
from n3gen.emit.step_nodes import Ask, HttpRequest, Work
from n3gen.emit.tools import tool_code
from n3gen.emit.tries import asked_of
from n3gen.expressions import Code, literal
from n3gen.semantics.reads import Written, parsed
from n3gen.semantics.walk import parts_inside
from n3gen.spec.model import (
    Chain,
    ChainStep,
    Connector,
    Entry,
    StageStep,
    Step,
    Tool,
)

__all__ = ["Inside", "given_key", "inside_of", "kept_check"]


@dataclass(frozen=True, slots=True)
class Inside:
    """What runs inside of a step: the parts of its key, and the spec's connectors in it."""

    key: tuple[Code, ...] = ()
    connectors: tuple[str, ...] = ()


def inside_of(scope: ChainScope, step: Step) -> Inside:
    """Return what runs inside of a step that calls a chain or has a body.

    Its results change with what the spec says of all of that, with the variables that
    it reads, those of its connections included, with the callables in it, and with what
    models read of its tools.
    """
    if not isinstance(step, ChainStep | StageStep):
        return Inside()
    module = scope.module
    variables: set[str] = set()
    asked: set[str] = set()
    given: set[str] = set()
    tools: dict[tuple[str, str, str | None], Tool] = {}
    chains = {chain.name: chain for chain in module.spec.chains}
    for part in parts_inside(step, chains):
        variables |= _variables(module, part)
        for tool in _tools(module, part) if isinstance(part, Step) else ():
            tools[tool.name, tool.target, tool.description] = tool
        for called in _called(module, part) if isinstance(part, Step) else ():
            (asked if called in module.connectors else given).add(called)
    return Inside(
        (
            constant(module.versions.inside(scope.chain, step)),
            *(support_call("variable", constant(one)) for one in sorted(variables)),
            *map(given_key, sorted(given)),
            *(support_call("tool_key", tool_code(module, t)) for t in tools.values()),
        ),
        tuple(sorted(asked)),
    )


def given_key(called: str) -> Code:
    """What identifies the callable that a run is given."""
    return support_call("callable_name", name(f"run.connectors[{literal(called)}]"))


def kept_check(work: Work) -> Code | None:
    """What checks a kept result of work that has no type of its own."""
    if isinstance(work, HttpRequest):
        return name("kept_response", "kept_response")
    if isinstance(work, Ask) and not work.is_typed:
        check = "kept_vectors" if work.verb == "embed" else "kept_text"
        return name(check, check)
    return None


def _variables(module: ModuleScope, part: Entry | Chain) -> set[str]:
    """The environment variables that a part reads, or what it asks does."""
    written: list[Written] = [part]
    found: set[str] = set()
    asked = asked_of(module, part) if isinstance(part, Step) else []
    connections = {one.name: one for one in module.spec.connections}
    for one in asked:
        connection = connections[one.connection or next(iter(connections))]
        found.update(env.name for env in envs_of(connection))
        written += [one] if isinstance(one, Connector) else []
        written.append(connection)
    for owner in written:
        for text in owner.texts():
            references = parsed(text).references
            found.update(read.name for read in references if read.root == "env")
    return found


def _tools(module: ModuleScope, step: Step) -> Iterator[Tool]:
    """The functions that the model calls of a step may have called."""
    for one in asked_of(module, step):
        yield from one.tools


def _called(module: ModuleScope, step: Step) -> Iterator[str]:
    """The connectors that a step calls, those in its place included."""
    yield from (
        one.name for one in asked_of(module, step) if isinstance(one, Connector)
    )
    if step.called is not None:
        yield step.called
    if step.given is not None:
        yield step.given
