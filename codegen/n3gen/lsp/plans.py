"""What a step does: its plan, its type, its code; and the lenses above steps and chains."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from n3gen.compiler import module_code
from n3gen.lsp.readings import Reading
from n3gen.plan.estimate import Estimate, estimate_chain
from n3gen.plan.model import Plan, PlanNode
from n3gen.plan.view import plan_text
from n3gen.semantics.value_types import ValueTypes
from n3gen.source import Span
from n3gen.spec.model import AskStep, Chain, PythonStep, Step
from n3gen.spec.types import spelled

__all__ = ["Node", "chain_page", "lenses", "node_at", "step_page", "write_code"]

_LONGEST = 60
"""Lines of code that a page shows at most."""

_NAMED = 4
"""Names that a lens lists at most."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a plan, with the plan that it is in and its way from the chain."""

    chain: Chain
    plan: Plan
    node: PlanNode
    way: str


def lenses(reading: Reading) -> Iterator[tuple[Span, str]]:
    """Places of chains and steps, each with what is said above it.

    It is what runs beside what, and what the time of a chain hangs on.
    """
    document = reading.document
    for chain in reading.own_chains if document is not None else ():
        plan = reading.compilation.plans.get(chain.name)
        if plan is None:
            continue
        estimate = _estimate(reading, chain)
        assert document is not None
        yield document.key_span(chain.place.loc), _summary(plan, estimate)
        for node in _nodes(chain, plan):
            words = _beside(node)
            if node.way in estimate.critical_path and len(chain.steps) > 1:
                words = [*words, "critical path"]
            loc = node.node.core.entry.place.loc
            if words and loc in document.keys:
                yield document.keys[loc], ", ".join(words)


def _summary(plan: Plan, estimate: Estimate) -> str:
    unit = "s" if estimate.in_seconds else " steps"
    worst = estimate.worst_case
    bound = "no bound" if worst is None else f"at most {worst:g}s"
    speed = f"{round(estimate.speed_up, 1):g}x"
    batches = len(plan.batches)
    return (
        f"{batches} batch{'' if batches == 1 else 'es'}, "
        f"{estimate.sequential:g}{unit} in the time of {estimate.parallel:g} ({speed}), "
        f"{bound}"
    )


def _beside(node: Node) -> list[str]:
    """The names that run in the same batch."""
    nodes = node.plan.nodes
    batch = next(
        (b for b in node.plan.batches if any(nodes[i] is node.node for i in b)), ()
    )
    names = [nodes[i].name for i in batch if nodes[i] is not node.node]
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"runs beside {', '.join(names[:_NAMED])}{more}"]


def _nodes(chain: Chain, plan: Plan, above: str = "") -> Iterator[Node]:
    for node in (*plan.nodes, *plan.endings):
        way = f"{above}{node.name}"
        yield Node(chain, plan, node, way)
        for body in node.bodies:
            yield from _nodes(chain, body, f"{way}/")


def _estimate(reading: Reading, chain: Chain) -> Estimate:
    spec = reading.spec
    assert spec is not None
    plans = reading.compilation.plans
    return estimate_chain(chain, plans, spec, reading.config.chain_timeout_seconds)


def chain_page(reading: Reading, chain: Chain) -> str:
    """The plan of a chain as `n3gen plan` prints it."""
    plan = reading.compilation.plans.get(chain.name)
    if plan is None:
        return f"{chain.word} `{chain.name}`"
    text = plan_text(chain, plan, _estimate(reading, chain))
    return f"```text\n{text}```"


def node_at(reading: Reading, path: str, loc: tuple[str | int, ...]) -> Node | None:
    """The node of the step or block at a place."""
    spec = reading.spec
    for chain in spec.chains if spec else ():
        plan = reading.compilation.plans.get(chain.name)
        if plan is None or chain.place.path != path:
            continue
        for node in _nodes(chain, plan):
            if (
                node.node.core.entry.place.loc == loc
                or node.node.entry.place.loc == loc
            ):
                return node
    return None


def step_page(reading: Reading, node: Node) -> str:
    """What a step does, its type, what it waits for and runs beside, and its code."""
    entry = node.node.core.entry
    type_ = _type(reading, node)
    lines = [f"**{node.node.name}** {entry.about}{f' -> `{type_}`' if type_ else ''}"]
    if entry.description:
        lines.append(entry.description)
    after = [node.plan.nodes[i].name for i in node.node.after]
    if after:
        lines.append(f"runs after {', '.join(f'`{name}`' for name in after)}")
    lines += _beside(node)
    code = _code(reading, node) if isinstance(entry, Step) else ""
    if code:
        lines.append(f"```python\n{code}\n```")
    return "\n\n".join(lines)


def _type(reading: Reading, node: Node) -> str:
    known, name = reading.known, node.node.name
    assert known is not None
    found = ValueTypes.of(node.chain, known.spec).names.get(name)
    if isinstance(node.node.core.entry, PythonStep | AskStep) and found is None:
        found = known.types[node.chain.name].names.get(name)
    return spelled(found) if found is not None else ""


def _code(reading: Reading, node: Node) -> str:
    """The part of the module that carries a step out, once the module is written."""
    text = reading.codes.get(node.chain.name)
    if not text:
        return ""
    document = reading.compilation.documents[node.chain.place.path]
    line = document.line(node.node.core.entry.place.loc)
    for found in ast.parse(text).body:
        is_function = isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and any(_is_line(one, line) for one in ast.walk(found)):
            return _part(text, found, line)
    return ""


def write_code(reading: Reading, offset: int) -> None:
    """Write the module of the chain at an offset, for the pages of its steps."""
    compilation = reading.compilation
    chain = _chain_at(reading, offset)
    if chain is None or compilation.problems.has_errors:
        return
    if chain.name not in reading.codes:
        code = module_code(compilation, chain, reading.config.options)
        reading.codes[chain.name] = code


def _chain_at(reading: Reading, offset: int) -> Chain | None:
    """The last chain of the file that begins before an offset."""
    document = reading.document
    assert document is not None
    starts = [
        (document.keys[chain.place.loc].start, chain)
        for chain in reading.own_chains
        if chain.place.loc in document.keys
    ]
    before = [one for one in starts if one[0] <= offset]
    return max(before, key=lambda one: one[0])[1] if before else None


def _part(text: str, function: ast.AST, line: int) -> str:
    """The smallest statement around what names the line; a short function whole."""
    holders = [
        one
        for one in ast.walk(function)
        if isinstance(one, ast.stmt) and any(_is_line(i, line) for i in ast.walk(one))
    ]
    chosen = min(holders, key=lambda one: (one.end_lineno or one.lineno) - one.lineno)
    whole = holders[0]
    if (whole.end_lineno or whole.lineno) - whole.lineno < _LONGEST // 2:
        chosen = whole
    lines = text.split("\n")[chosen.lineno - 1 : chosen.end_lineno]
    return "\n".join(line[chosen.col_offset :] for line in lines[:_LONGEST])


def _is_line(node: ast.AST, line: int) -> bool:
    """Whether a node is the argument that says on which line of the spec a step is."""
    return (
        isinstance(node, ast.keyword)
        and node.arg == "line"
        and isinstance(node.value, ast.Constant)
        and node.value.value == line
    )
