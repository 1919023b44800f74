"""Takes a chain's plan; hands on the statements of its function, in running order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from n3gen.emit.loops import Loops
from n3gen.emit.models import ModelCalls
from n3gen.emit.module import Block, Code, Function
from n3gen.emit.scope import ChainScope
from n3gen.emit.steps import StepFunction
from n3gen.emit.texts import arguments, doc, rebound
from n3gen.expressions import literal, parse_expression, to_python
from n3gen.names import python_name
from n3gen.plan.model import Plan, PlanNode
from n3gen.semantics.reads import reads_within
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Entry, For, If, Match, Step, While

__all__ = ["Flow"]


class Flow:
    """Writes blocks of steps; what it needs besides goes to the scope's functions."""

    def __init__(self, scope: ChainScope, calls: ModelCalls) -> None:
        self.scope = scope
        self.calls = calls

    def body(self, plan: Plan, sources: dict[str, str]) -> list[Code]:
        """The statements of a block of steps.

        `sources` says how each name is read at this point; the names of the block's
        own steps are added to it.
        """
        code: list[Code] = []
        for region in plan.regions:
            nodes = [plan.nodes[index] for index in region]
            if len(nodes) > 1:
                code += self._group(plan, region, sources)
            elif isinstance(nodes[0].entry, Step):
                code.append(self._step(nodes[0].entry, sources))
            else:
                code += self._block(nodes[0], sources)
        return code

    def value(self, plan: Plan, sources: Mapping[str, str]) -> str:
        """The value of a block of steps: its last batch's, by name where it has several."""
        last = [plan.nodes[index] for index in plan.batches[-1]]
        if len(last) == 1:
            return sources[last[0].name]
        items = [f"{literal(node.name)}: {sources[node.name]}" for node in last]
        return f"{{{', '.join(items)}}}"

    def _step(self, step: Step, sources: dict[str, str]) -> Code:
        call = f"await {self._call(step, sources)}"
        if step.name not in self.scope.used:
            return call
        sources[step.name] = self.scope.settle(step.name)
        return f"{sources[step.name]} = {call}"

    def _call(self, step: Step, sources: Mapping[str, str]) -> str:
        function = StepFunction(self.scope, step, self.calls)
        self.scope.functions.append(function.function())
        return function.call(sources)

    def _group(
        self, plan: Plan, region: Sequence[int], sources: dict[str, str]
    ) -> list[Code]:
        followed = {earlier for index in region for earlier in plan.nodes[index].after}
        starts: list[Code] = []
        bound: dict[str, str] = {}
        for index in region:
            node = plan.nodes[index]
            call = self._member(node, sources)
            after = [
                self._variable(plan.nodes[earlier])
                for earlier in node.after
                if earlier in region
            ]
            waits = f", after=({', '.join(after)},)" if after else ""
            start = f"group.start(lambda: {call}{waits})"
            if index in followed or node.name in self.scope.used:
                start = f"{self._variable(node)} = {start}"
                bound[node.name] = f"{self._variable(node)}.result()"
            if index in followed:
                self.scope.settle(node.name)
                sources[node.name] = bound[node.name]
            starts.append(start)
        for name in bound:
            self.scope.settle(name)
        sources.update(bound)
        return [Block("async with Group(run) as group:", tuple(starts))]

    def _member(self, node: PlanNode, sources: Mapping[str, str]) -> str:
        """The call that runs a member of a group; a block gets a function for it."""
        if isinstance(node.entry, Step):
            return self._call(node.entry, sources)
        reads = self.scope.reads(reads_within([node.entry]) & sources.keys())
        parameters = self.scope.parameters(reads)
        own = {name: self.scope.variables[name].name for name in reads}
        code = self._block(node, own)
        value = own.get(node.name, "None")
        body = [*code, f"return {value}"]
        given = [sources[name] for name in reads]
        return self.function(node.name, parameters, body, given)

    def function(
        self,
        name: str,
        parameters: Sequence[str],
        body: Sequence[Code],
        given: Iterable[str],
    ) -> str:
        """Adds a function for a part of the chain; gives the call of it."""
        scope = self.scope
        function = scope.module.unique(f"_{scope.public_name}_{python_name(name)}")
        header = f"async def {function}{arguments(['run: Run', *parameters])} -> Any:"
        summary = doc(f"Block `{name}` of chain `{scope.chain.name}`.")
        scope.functions.append(Function(header, summary, tuple(body)))
        return function + arguments(["run", *dict.fromkeys(given)])

    def _variable(self, node: PlanNode) -> str:
        """The variable of a node; a block without a name gets one of its own."""
        if node.name not in self.scope.variables:
            return self.scope.declare(node.name)
        return self.scope.result_of(node.name).name

    def _block(self, node: PlanNode, sources: dict[str, str]) -> list[Code]:
        outcome = self._variable(node) if node.name in self.scope.used else None
        match node.entry:
            case If() as entry:
                code = self._if(entry, node, outcome, sources)
            case Match() as entry:
                code = self._match(entry, node, outcome, sources)
            case While() as entry:
                code = Loops(self).while_(entry, node, outcome, sources)
            case For() as entry:
                code = Loops(self).for_(entry, node, outcome, sources)
            case Step():
                raise TypeError("a step is no block")
        if outcome is not None:
            sources[node.name] = self.scope.settle(node.name)
        return code

    def _if(
        self, entry: If, node: PlanNode, outcome: str | None, sources: dict[str, str]
    ) -> list[Code]:
        code: list[Code] = [f"{outcome}: Any = None"] if outcome else []
        conditions = [
            to_python(parse_expression(branch.condition), self.scope.names(sources))
            for branch in entry.branches
        ]
        if any(condition.fallible for condition in conditions):
            code.append(self.at("if", entry))
        headers = [f"elif {condition.source}:" for condition in conditions]
        headers[0] = headers[0].removeprefix("el")
        return code + self._branches([*headers, "else:"], node, outcome, sources)

    def _match(
        self, entry: Match, node: PlanNode, outcome: str | None, sources: dict[str, str]
    ) -> list[Code]:
        code: list[Code] = [f"{outcome}: Any = None"] if outcome else []
        subject = to_python(parse_expression(entry.subject), self.scope.names(sources))
        if subject.fallible:
            code.append(self.at("match", entry))
        headers = [
            f"case {' | '.join(map(literal, case.values))}:" for case in entry.cases
        ]
        cases = self._branches([*headers, "case _:"], node, outcome, sources)
        return [*code, Block(f"match {subject.source}:", tuple(cases))]

    def _branches(
        self,
        headers: Sequence[str],
        node: PlanNode,
        outcome: str | None,
        sources: Mapping[str, str],
    ) -> list[Code]:
        """A block for each header; the last is for no branch where the spec has none."""
        blocks = node.entry.bodies
        names = [
            [e.name for e in every_entry(body) if isinstance(e, Step)]
            for body in blocks
        ]
        code: list[Code] = []
        for index, header in enumerate(headers):
            others = [n for at, body in enumerate(names) if at != index for n in body]
            lines: list[Code] = []
            if others:
                lines.append(f"skip_steps{arguments(['run', *map(literal, others)])}")
            if index < len(node.bodies):
                own = dict(sources)
                lines += self.body(node.bodies[index], own)
                if outcome is not None:
                    value = self.value(node.bodies[index], own)
                    lines = rebound(lines, value, f"{outcome} = {{}}")
            code.append(Block(header, tuple(lines)))
        return code

    def at(self, what: str, entry: Entry, *keys: str) -> str:
        """Notes where the next expression stands, for its error."""
        place = entry.place
        for key in keys:
            place /= key
        return f"run.at({literal(what)}, {self.scope.module.line(place)})"
