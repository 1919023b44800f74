"""Takes a step; hands on its function: its condition, what it renders, its permit, its call."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.emit.asking import Asking
from n3gen.emit.models import ModelCalls
from n3gen.emit.module import Block, Code, Function
from n3gen.emit.rendering import Rendering
from n3gen.emit.scope import ChainScope
from n3gen.emit.texts import arguments, negated, sentence
from n3gen.emit.work import Work
from n3gen.expressions import literal
from n3gen.semantics.reads import references_of
from n3gen.spec.model import (
    ChainStep,
    ConnectorStep,
    HttpStep,
    LlmStep,
    PythonStep,
    Step,
    ValueStep,
)

__all__ = ["StepFunction"]

_PERMIT = "Permit(step, run.llm)"


class StepFunction:
    """The function of one step; `reads` are the names it takes as parameters."""

    def __init__(self, scope: ChainScope, step: Step, calls: ModelCalls) -> None:
        self.scope = scope
        self.step = step
        self.asking = Asking(scope, step, calls)
        self.name = scope.module.function_name(scope.chain, step.name)
        implied = self.asking.implied_reads()
        if isinstance(step, ChainStep) and step.payload is None:
            implied.add("payload")
        self.rendering = Rendering(scope, step, implied)
        self.reads = self.rendering.reads
        self.work = Work(self.rendering)

    def call(self, sources: Mapping[str, str]) -> str:
        """The call of it, where `sources` says how each name is read there."""
        given = dict.fromkeys(sources[name] for name in self.reads)
        return self.name + arguments(["run", *given])

    def function(self) -> Function:
        """The function itself."""
        step, rendering = self.step, self.rendering
        if "options" in references_of(step) or self.asking.needs_options:
            options = rendering.data("options", step.options)
            rendering.body.append(f"options: dict[str, Any] = {options}")
            self.work.options = "options"
        if step.when is not None:
            condition = rendering.expression("when", step.when)
            skipped = ("step.skip()", "return None")
            rendering.body.append(Block(f"if {negated(condition)}:", skipped))
        place = [literal(step.name), str(rendering.line())]
        managers: list[str] = []
        if self.scope.is_model_call(step):
            done = self.asking.model_call(self.work)
        elif self.asking.tries:
            done = self.asking.attempts(self.work)
        else:
            done, managers = self._once()
        if managers == [_PERMIT]:
            place.append("run.llm")
            managers = []
        managers.insert(0, f"run.step{arguments(place)} as step")
        parameters = ["run: Run", *self.scope.parameters(self.reads)]
        annotation = self.scope.result_of(step.name).annotation
        return Function(
            f"async def {self.name}{arguments(parameters)} -> {annotation}:",
            sentence(step.description or self._summary()),
            (Block(f"async with {', '.join(managers)}:", (*rendering.body, *done)),),
        )

    def _once(self) -> tuple[list[Code], list[str]]:
        """The work of a step that is done once, and what it is all inside of."""
        body = self.rendering.body
        source = self.work.source()
        body += self.work.inside
        done = self.work.checked(f"await {source}" if self.work.awaits else source)
        permit = self.work.permit()
        if permit and not body:
            return done, [permit]
        if permit:
            done = [Block(f"async with {permit}:", tuple(done))]
        return done, []

    def _summary(self) -> str:
        step = self.step
        match step:
            case LlmStep():
                return "A model call." if step.embed is None else "An embedding."
            case ValueStep():
                return "A computed value."
            case HttpStep():
                return f"{step.method} {step.url}"
            case ConnectorStep() | PythonStep() | ChainStep():
                return f"{step.kind.capitalize()} `{step.target}`."
            case _:
                raise TypeError(f"no words are known for kind `{step.kind}`")
