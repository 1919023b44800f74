"""Takes `for` and `while` of a plan; hands on their statements, each body a round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from n3gen.emit.module import Block, Code
from n3gen.emit.texts import arguments, negated, rebound
from n3gen.expressions import literal, parse_expression, to_python
from n3gen.plan.model import Plan, PlanNode
from n3gen.semantics.reads import reads_within
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import For, If, Match, Step, While

if TYPE_CHECKING:
    from n3gen.emit.flow import Flow

__all__ = ["Loops"]


class Loops:
    """Writes `for` and `while`, whose bodies run in the chain's own function.

    A body with steps in parallel becomes a function of its own: what a group starts
    must not close over a variable that the next round changes.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.scope = flow.scope

    def for_(
        self, entry: For, node: PlanNode, outcome: str | None, sources: dict[str, str]
    ) -> list[Code]:
        plan = node.bodies[0]
        items = to_python(parse_expression(entry.items), self.scope.names(sources))
        variable = self.scope.variables[entry.variable].name
        code: list[Code] = [f"{outcome}: list[Any] = []"] if outcome else []
        code.append(self.flow.at("for", entry))
        own = {**sources, entry.variable: variable}
        if has_group(plan):
            call = self._round(entry, node, own, None if outcome else ())
            body: list[Code] = [f"{outcome}.append({call})" if outcome else call]
        else:
            body = self.flow.body(plan, own)
            if outcome:
                value = self.flow.value(plan, own)
                body = rebound(body, value, f"{outcome}.append({{}})")
        return [
            *code,
            Block(self._header(entry, node, variable, items.source), tuple(body)),
        ]

    def while_(
        self, entry: While, node: PlanNode, outcome: str | None, sources: dict[str, str]
    ) -> list[Code]:
        plan = node.bodies[0]
        condition = parse_expression(entry.condition)
        asked_after = {r.name for r in condition.references} & _names(plan)
        earlier = sorted(_read_before_set(plan))
        own = dict(sources)
        code: list[Code] = [f"{outcome}: Any = None"] if outcome else []
        before = self.scope.read_from_round_before(earlier)
        if earlier:
            own.update(dict.fromkeys(earlier, before))
            code.append(f"{before}: dict[str, Any] = {{}}")
        if has_group(plan):
            kept = {*earlier, *asked_after, *(_last_names(plan) if outcome else ())}
            body = self._kept_round(entry, node, own, sorted(kept))
        else:
            body = self.flow.body(plan, own)
        if outcome:
            body.append(f"{outcome} = {self.flow.value(plan, own)}")
        if earlier:
            items = [f"{literal(name)}: {own[name]}" for name in earlier]
            body.append(f"{before} = {{{', '.join(items)}}}")
        asked = to_python(condition, self.scope.names(own if asked_after else sources))
        leave: list[Code] = [Block(f"if {negated(asked.source)}:", ("break",))]
        if asked.fallible:
            leave.insert(0, self.flow.at("while", entry))
        body = [*body, *leave] if asked_after else [*leave, *body]
        header = self._header(entry, node, "_", f"range({entry.max})")
        return [*code, Block(header, tuple(body))]

    def _kept_round(
        self, entry: While, node: PlanNode, own: dict[str, str], kept: Sequence[str]
    ) -> list[Code]:
        """The call of a function for one round, its names bound as the round ends."""
        call = self._round(entry, node, own, kept)
        own.update({name: self.scope.settle(name) for name in kept})
        if not kept:
            return [call]
        return [f"{', '.join(own[name] for name in kept)} = {call}"]

    def _header(
        self, entry: For | While, node: PlanNode, variable: str, items: str
    ) -> str:
        steps = [e.name for e in every_entry(entry.steps) if isinstance(e, Step)]
        parts = ["run", literal(node.name), items, *map(literal, steps)]
        return f"for {variable} in rounds{arguments(parts)}:"

    def _round(
        self,
        entry: For | While,
        node: PlanNode,
        sources: Mapping[str, str],
        kept: Sequence[str] | None,
    ) -> str:
        """A function for one round; it returns `kept` names or, without, the value."""
        plan = node.bodies[0]
        reads = self.scope.reads(reads_within(entry.steps) & sources.keys())
        parameters = self.scope.parameters(reads)
        own = {name: self.scope.variables[name].name for name in reads}
        body = self.flow.body(plan, own)
        if kept is None:
            body.append(f"return {self.flow.value(plan, own)}")
        elif kept:
            body.append(f"return {', '.join(own[name] for name in kept)}")
        given = [sources[name] for name in reads]
        call = self.flow.function(f"{node.name}_round", parameters, body, given)
        return f"await {call}"


def has_group(plan: Plan) -> bool:
    """Whether steps of the block run together, here or in a branch of it."""
    return any(len(region) > 1 for region in plan.regions) or any(
        has_group(body)
        for node in plan.nodes
        if isinstance(node.entry, If | Match)
        for body in node.bodies
    )


def _names(plan: Plan) -> set[str]:
    return {node.name for node in plan.nodes}


def _last_names(plan: Plan) -> set[str]:
    return {plan.nodes[index].name for index in plan.batches[-1]}


def _read_before_set(plan: Plan) -> set[str]:
    """The names that a round reads as the round before left them."""
    positions = {node.name: index for index, node in enumerate(plan.nodes)}
    return {
        name
        for index, node in enumerate(plan.nodes)
        for name in reads_within([node.entry])
        if positions.get(name, -1) > index
        or (positions.get(name) == index and isinstance(node.entry, Step))
    }
