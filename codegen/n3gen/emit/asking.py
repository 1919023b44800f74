"""The code of a step that asks a model, tries again, falls back and keeps."""

from __future__ import annotations

from n3gen.emit.models import ConnectorFunction, ModelCalls
from n3gen.emit.module import Block, Code
from n3gen.emit.policies import cache_source, kinds_source, retry_source
from n3gen.emit.scope import ChainScope, ModuleScope
from n3gen.emit.texts import arguments, seconds_literal
from n3gen.emit.tries import Tries, tries_of
from n3gen.emit.types import annotation
from n3gen.emit.work import Work
from n3gen.expressions import literal
from n3gen.names import python_name
from n3gen.semantics.asked import model_call
from n3gen.spec.model import Connector, ConnectorStep, Fallback, LlmStep, Step
from n3gen.spec.type_refs import TypeRef

__all__ = ["Asking"]

_OWN_KINDS = ("python", "connector", "chain")
"""The kinds whose work fails in ways that only its author knows."""


class Asking:
    """How a step comes to its result: by which calls, how often, out of which cache."""

    def __init__(self, scope: ChainScope, step: Step, calls: ModelCalls) -> None:
        self.scope = scope
        self.step = step
        self.calls = calls
        self.tries: Tries = tries_of(scope.module, step)
        self.target = None
        if isinstance(step, ConnectorStep):
            self.target = calls.connector(step.target or "")
        self.fallbacks = [
            (fallback, calls.connector(fallback.connector))
            for fallback in self.tries.fallbacks
        ]

    @property
    def needs_options(self) -> bool:
        """Whether the options are needed as a variable: something may read them again."""
        if self._has_connectors_key and self.target and self.target.reads_options:
            return True
        if isinstance(self.step, LlmStep) or not self.step.options:
            return False
        return any(known is None or known.reads_options for _, known in self.fallbacks)

    @property
    def _has_connectors_key(self) -> bool:
        """Whether the key of the cache is the connector's and not the step's own."""
        cache = self.tries.cache
        return cache is not None and cache.has_key and self.step.cache is None

    def implied_reads(self) -> set[str]:
        """The payload, where a connector that may be asked reads it."""
        asked = [self.target, *(known for _, known in self.fallbacks)]
        reads = any(c and c.reads_payload for c in asked)
        return {"payload"} if reads else set()

    def model_call(self, work: Work) -> list[Code]:
        """The code of a step that asks a model."""
        rendering = work.rendering
        if isinstance(self.step, LlmStep):
            asked = self.calls.call(self.step, rendering.field)
        elif self.target is not None:
            asked = self._connector_call(self.target, work)
        rendering.body.append(f"model_call = {asked}")
        seconds = work.seconds()
        parts = ["step", "model_call", *self._asking(seconds)]
        retry = retry_source(self.tries.retry)
        parts += [f"retry={retry}"] if retry else []
        parts += self._fallbacks(work)
        source = f"{self._verb()}{arguments(parts)}"
        if self.tries.cache is not None:
            key = arguments(["model_call", *self._typed()])
            maker = "embed_key" if self._verb() == "embed" else "call_key"
            made = f"await {maker}{key}" if maker == "call_key" else f"{maker}{key}"
            source = self._cached(work, made, f"lambda: {source}")
        return self._done(f"await {source}")

    def attempts(self, work: Work) -> list[Code]:
        """The code of a step that is no model call and may be tried more than once."""
        source, tries = work.source(), self.tries
        tried: list[Code] = work.checked(f"await {source}", "{}")
        permit = work.permit()
        if permit:
            tried = [Block(f"async with {permit}:", tuple(tried))]
        returned = self._annotation()
        header = f"async def attempt() -> {returned}:"
        work.rendering.body.append(Block(header, (*work.inside, *tried)))
        own = self.step.kind in _OWN_KINDS
        retry = retry_source(tries.retry, any_error=own)
        fallbacks = self._fallbacks(work)
        parts = ["step", "attempt", *([retry] if retry else []), *fallbacks]
        call = "attempt()"
        if retry or fallbacks:
            call = f"try_again{arguments(parts)}"
        if tries.cache is None:
            return [f"return step.done(await {call})"]
        make = "attempt" if call == "attempt()" else f"lambda: {call}"
        key = f"[{', '.join(work.key)}]"
        return self._done(f"await {self._cached(work, key, make)}")

    def _done(self, source: str) -> list[Code]:
        returned = self._annotation()
        if returned == "Any":
            return [f"return step.done({source})"]
        return [f"result: {returned} = {source}", "return step.done(result)"]

    def _annotation(self) -> str:
        """The type of the step's result, apart from that it may be skipped."""
        type_ = self.scope.output(self.step)
        if type_ is not None:
            return annotation(self.scope.module, type_)
        return "str" if self._is_text else "Any"

    @property
    def _is_text(self) -> bool:
        """Whether the step's result is sure to be a text."""
        return self.scope.gives_text(self.step)

    def _verb(self) -> str:
        asked = model_call(self.step, self.scope.module.connectors)
        return "ask" if asked is None else verb_of(asked)

    def _typed(self) -> list[str]:
        """The type that an answer must have, as an argument."""
        type_ = self.scope.output(self.step)
        if type_ is None or not self.scope.is_model_call(self.step):
            return []
        return [typed_source(self.scope.module, type_)]

    def _asking(self, seconds: float | None, own: Connector | None = None) -> list[str]:
        """Permit, type and time of a call; `own` is the connector that stands in."""
        parts = ["run.llm"] if self.step.limited else []
        type_ = self.scope.output(self.step)
        if type_ is None and own is not None and not self._is_text:
            type_ = own.output
        if type_ is not None and type_.name != "str":
            asked = own or model_call(self.step, self.scope.module.connectors)
            if asked is not None:
                self.calls.connections.constant(asked.connection, "type")
            parts.append(f"output={typed_source(self.scope.module, type_)}")
        if seconds is not None:
            parts.append(f"timeout={seconds_literal(seconds)}")
        return parts

    def _connector_call(self, asked: ConnectorFunction, work: Work) -> str:
        given: list[str] = []
        if asked.reads_payload:
            given.append(work.rendering.names["payload"].source)
        if asked.reads_options:
            is_llm = self.step.kind == "llm"
            given.append("{}" if is_llm else work.rendered_options())
        return asked.name + arguments(given)

    def _fallbacks(self, work: Work) -> list[str]:
        items = [self._fallback(*fallback, work) for fallback in self.fallbacks]
        return [f"fallbacks=({', '.join(items)},)"] if items else []

    def _fallback(
        self, fallback: Fallback, asked: ConnectorFunction | None, work: Work
    ) -> str:
        """What stands in for the work when it has failed."""
        name = fallback.connector
        if asked is None:
            call = self._given(name, work)
        else:
            connector = asked.connector
            parts = ["step", self._connector_call(asked, work)]
            parts += self._asking(connector.timeout or self.step.timeout, connector)
            own = tries_of(self.scope.module, connector).retry
            retry = retry_source(own or self.tries.retry)
            parts += [f"retry={retry}"] if retry else []
            call = f"lambda: {verb_of(connector)}{arguments(parts)}"
        parts = [literal(name), call]
        if fallback.on is not None:
            parts.append(f"on={kinds_source(fallback.on)}")
        return f"Fallback{arguments(parts)}"

    def _given(self, name: str, work: Work) -> str:
        """The function that calls a callable which the run is given."""
        function = work.rendering.variable(f"call_{python_name(name)}")
        options = "{}" if self.step.kind == "llm" else work.rendered_options()
        call = f"await call_connector(step, {literal(name)}, {options})"
        code = tuple(work.checked(call, "{}"))
        parts = ["step"] + (["run.llm"] if self.step.limited else [])
        if self.step.timeout is not None:
            parts.append(f"timeout={seconds_literal(self.step.timeout)}")
        if len(parts) > 1:
            code = (Block(f"async with Permit{arguments(parts)}:", code),)
        type_ = self.scope.output(self.step)
        returned = "Any" if type_ is None else annotation(self.scope.module, type_)
        header = f"async def {function}() -> {returned}:"
        work.rendering.body.append(Block(header, code))
        return function

    def _cached(self, work: Work, key: str, make: str) -> str:
        """The look-up in the step's cache; `make` is called where it has nothing."""
        cache, step = self.tries.cache, self.step
        owner = step.place
        if self._has_connectors_key and self.target is not None:
            owner = self.target.connector.place
        assert cache is not None
        name = f"{self.scope.chain.name}.{step.name}"
        if step.cache is None and self.target is not None:
            name = self.target.connector.name
        # What has the same name in another file is another cache.
        scoped = f"{cache.place.path}:{name}"
        constant = self.calls.cache(name, cache_source(cache, scoped))
        if cache.has_key:
            key = work.rendering.data("cache", cache.key, "key", owner=owner)
        parts = ["step", key, make]
        type_ = self.scope.output(step)
        if type_ is not None:
            expected = annotation(self.scope.module, type_)
            parts.append(f"lambda value: validate(value, {expected})")
        return f"{constant}.get_or_make{arguments(parts)}"


def typed_source(module: ModuleScope, type_: TypeRef) -> str:
    """The type of an answer: of an object, or of what is wrapped in one."""
    plain = ("str", "int", "float", "bool", "any", "none", "list", "union", "one of")
    kind = "TypedValue" if type_.name in plain else "Typed"
    return f"{kind}({annotation(module, type_)})"


def verb_of(asked: Connector | LlmStep) -> str:
    """The function that asks the model of a connector or a step."""
    if asked.embed is not None:
        return "embed"
    return "ask_with_tools" if asked.tools else "ask"
