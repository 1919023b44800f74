"""How a step comes to its result: by which calls, how often, out of which cache."""

from __future__ import annotations

from n3gen.emit.cache_keys import given_key, inside_of, kept_check
from n3gen.emit.code import (
    constant,
    keyword,
    keyword_argument,
    list_of,
    name,
    seconds,
    support_call,
)
from n3gen.emit.connectors import TEXTS, AskedConnector, ModelCalls
from n3gen.emit.fields import Fields
from n3gen.emit.nodes import Node
from n3gen.emit.policies import kinds_code, retry_code
from n3gen.emit.scope import ChainScope
from n3gen.emit.step_nodes import (
    Ask,
    Cached,
    CallConnector,
    CallFunction,
    Fallbacks,
    ModelTries,
    Remade,
    Spare,
    SpareFunction,
    SpareModel,
    Work,
    WorkPermit,
)
from n3gen.emit.tries import Tries, tries_of
from n3gen.emit.types import asked_type, checked_type
from n3gen.expressions import Code, literal
from n3gen.names import python_name
from n3gen.semantics.asked import called_connector
from n3gen.spec.model import (
    Connector,
    ConnectorStep,
    Data,
    Fallback,
    ModelCall,
    ModelStep,
    PythonStep,
    Retry,
    Step,
)
from n3gen.spec.type_refs import TypeRef

__all__ = ["Asking"]


class Asking:
    """The calls of one step."""

    def __init__(self, scope: ChainScope, step: Step, calls: ModelCalls) -> None:
        self.scope = scope
        self.step = step
        self.calls = calls
        self.fields = Fields(scope, step)
        self.tries: Tries = tries_of(scope.module, step)
        called = called_connector(step, scope.module.connectors)
        self.target = calls.connector(called.name) if called is not None else None
        self.fallbacks = [
            (fallback, calls.connector(fallback.connector))
            for fallback in self.tries.fallbacks
        ]
        self.spare_functions: list[SpareFunction] = []

    @property
    def needs_options(self) -> bool:
        """Whether the options are needed as a variable: something may read them again."""
        if self._has_connectors_key and self.target and self.target.reads_options:
            return True
        if isinstance(self.step, ModelCall) or not self.step.options:
            return False
        return any(known is None or known.reads_options for _, known in self.fallbacks)

    @property
    def _has_connectors_key(self) -> bool:
        """Whether the key of the cache is the connector's and not the step's own."""
        cache = self.tries.cache
        return cache is not None and cache.has_key and self.step.cache is None

    @property
    def type(self) -> Code | None:
        """The type that the result is checked against."""
        type_ = self.scope.output(self.step)
        return None if type_ is None else checked_type(self.scope.module, type_)

    def _typed(self) -> tuple[Code, ...]:
        """The type that a model is asked for, which its answer depends on."""
        type_ = self.scope.output(self.step)
        return () if type_ is None else (asked_type(self.scope.module, type_),)

    def given(
        self, step: ConnectorStep | PythonStep, permit: WorkPermit
    ) -> CallConnector | CallFunction:
        """The call of a callable that the run is given."""
        called = step.target or ""
        if step.with_ is not None or step.executor == "process":
            function = name(f"run.connectors[{literal(called)}]")
            return self.function(step, function, permit, given_key(called))
        options = self.fields.options()
        return CallConnector(
            key=(constant(called), given_key(called), *_CONTEXT, options),
            permit=permit,
            summary=_summary(step),
            name=called,
            options=self.fresh(options, step.options),
        )

    def function(
        self,
        step: ConnectorStep | PythonStep,
        function: Code,
        permit: WorkPermit,
        *identity: Code,
    ) -> CallFunction:
        """The call of a Python function; `identity` distinguishes it in a key."""
        options = self.fields.options() if step.with_ is None else None
        given = step.with_ or {}
        values = {
            key: self.fields.data("with", value, key) for key, value in given.items()
        }
        read = (*_CONTEXT, options) if options is not None else tuple(values.values())
        return CallFunction(
            key=(constant(step.target), *identity, *read),
            permit=permit,
            summary=_summary(step),
            function=function,
            arguments=tuple(
                keyword_argument(key, self.fresh(value, given[key]))
                for key, value in values.items()
            ),
            options=None if options is None else self.fresh(options, step.options),
            in_process=step.executor == "process",
        )

    def fresh(self, code: Code, data: Data = None) -> Code:
        """What one of several calls is given, which leaves that of the others as it is.

        `data` is what it is in the spec, unless it is a variable.
        """
        is_shared = self.tries.calls_again and self.fields.shares(code, data)
        return support_call("fresh", code) if is_shared else code

    def called(self, asked: AskedConnector) -> Code:
        """What a connector of the spec asks."""
        payload = self.fields.payload() if asked.reads_payload else constant(None)
        options = constant({})
        if asked.reads_options and not isinstance(self.step, ModelCall):
            options = self.fields.options()
        return asked.call(payload, options)

    def model_call(self, step: ModelStep) -> Code:
        """What the model of a step is asked."""

        def render(field: str, value: Data, reader: str | None = None) -> Code:
            if field in TEXTS:
                return self.fields.text(field, value)
            return self.fields.asked(field, value, reader)

        return self.calls.call(step, render)

    def model(self, call: Code, asked: Connector | ModelStep, summary: str) -> Ask:
        """The call of a model."""
        limit = self.step.timeout
        if limit is None and isinstance(asked, Connector):
            limit = asked.timeout
        memory = self.step.memory
        return Ask(
            key=(_MODEL_CALL, *self._typed()),
            permit=WorkPermit(),
            summary=summary,
            verb=_verb(asked),
            call=self._with_memory(call),
            parts=(
                *self._parts(limit, asked),
                *self._asked_tries(asked, self.tries.retry, self._fallbacks()),
            ),
            is_typed=self._asked_type(asked) is not None,
            memory=memory and self.scope.module.states.constants[memory],
        )

    def _with_memory(self, call: Code) -> Code:
        """A call with the turns that the step remembers, if it remembers any."""
        if self.step.memory is None:
            return call
        return support_call("with_memory", call, self.fields.state(self.step.memory))

    def tried(self, work: Work) -> tuple[Code | Node, ...] | None:
        """How work that is no model call is tried; `None` where that is once."""
        if isinstance(work, Ask) or not self.tries:
            return None
        retry = retry_code(self.tries.retry, any_error=work.may_fail_anyhow)
        return (*((retry,) if retry is not None else ()), *self._fallbacks())

    def _fallbacks(self) -> tuple[Fallbacks, ...]:
        spares = tuple(self._spare(*fallback) for fallback in self.fallbacks)
        return (Fallbacks(spares),) if spares else ()

    def _asked_tries(
        self,
        asked: Connector | ModelStep,
        retry: Retry | None,
        fallbacks: tuple[Fallbacks, ...] = (),
    ) -> tuple[ModelTries, ...]:
        """How often a model is asked, where that is not the same for all calls.

        What a rate limit turns down is queued again by the tries.
        """
        connection = self.calls.connections.named(asked.connection)
        parts: tuple[Code | Node, ...] = fallbacks
        is_typed = asked.embed is None and self._asked_type(asked) is not None
        if (code := retry_code(retry)) is not None:
            parts = (code, *parts)
        elif not (fallbacks or connection.rate_limit or (retry and is_typed)):
            return ()
        elif is_typed and retry is None:
            parts = (name("ASK_AGAIN", "ASK_AGAIN"), *parts)
        return (ModelTries(parts),)

    def permit(
        self, *, is_model_call: bool = False, most: float | None = None
    ) -> WorkPermit:
        """The limits and the time of the work, which may have `most` seconds of its own."""
        known = [limit for limit in (self.step.timeout, most) if limit is not None]
        timeout = keyword("timeout", seconds(min(known))) if known else None
        return WorkPermit(self._limiter(is_model_call=is_model_call), timeout)

    def _limiter(
        self, *, is_model_call: bool, asked: Connector | None = None
    ) -> Code | None:
        """What the work waits for, of the step's limits and those of what it asks."""
        step = self.step
        return self.scope.module.limits.permits(
            (*step.limits, *(asked.limits if asked is not None else ())),
            is_model_call=is_model_call and step.limited,
            takes_slot=step.takes_slot and self.scope.is_slotted,
            priority=step.priority,
        )

    def _parts(
        self, limit: float | None, asked: Connector | ModelStep
    ) -> list[Code | Node]:
        """Permit, type and time of a call."""
        connector = asked if isinstance(asked, Connector) else None
        limiter = self._limiter(is_model_call=True, asked=connector)
        parts: list[Code | Node] = [limiter] if limiter is not None else []
        type_ = self._asked_type(asked)
        if type_ is not None:
            self.calls.connections.constant(asked.connection, "type")
            parts.append(keyword("output", asked_type(self.scope.module, type_)))
        if limit is not None:
            parts.append(keyword("timeout", seconds(limit)))
        return parts

    def _asked_type(self, asked: Connector | ModelStep) -> TypeRef | None:
        """The type that a model is asked for, `None` for a text."""
        type_ = self.scope.output(self.step)
        if type_ is None and not self.scope.gives_text(self.step):
            type_ = asked.output
        return None if type_ is None or type_.name == "str" else type_

    def _spare(self, fallback: Fallback, asked: AskedConnector | None) -> Spare:
        """What is called where the work has failed."""
        on = None if fallback.on is None else kinds_code(fallback.on)
        call = (
            name(self._spare_function(fallback.connector))
            if asked is None
            else self._spare_model(asked)
        )
        return Spare(constant(fallback.connector), on, call)

    def _spare_model(self, asked: AskedConnector) -> SpareModel:
        connector = asked.connector
        parts = self._parts(connector.timeout or self.step.timeout, connector)
        own = tries_of(self.scope.module, connector).retry
        call = self._with_memory(self.called(asked))
        parts += self._asked_tries(connector, own)
        return SpareModel(_verb(connector), call, tuple(parts))

    def _spare_function(self, called: str) -> str:
        """A function that calls a callable which the run is given."""
        step = self.step
        function = self.fields.variable(f"call_{python_name(called)}")
        options = constant({}) if isinstance(step, ModelCall) else self.fields.options()
        options = self.fresh(options, step.options)
        work = CallConnector((), WorkPermit(), "", called, options)
        permit = self.permit(is_model_call=True)
        self.spare_functions.append(SpareFunction(function, work, permit, self.type))
        return function

    def cached(
        self, work: Work, tries: tuple[Code | Node, ...] | None
    ) -> Cached | None:
        """The cache of the step's results."""
        cache, step = self.tries.cache, self.step
        if cache is None:
            return None
        owner, called = step.place, f"{self.scope.chain.name}.{step.name}"
        if step.cache is None and self.target is not None:
            called = self.target.connector.name
        if self._has_connectors_key and self.target is not None:
            owner = self.target.connector.place
        constant, inside = self.calls.cache(called, cache), inside_of(self.scope, step)
        if cache.has_key:
            key = self.fields.data("cache", cache.key, "key", owner=owner)
        elif isinstance(work, Ask):
            key = support_call(
                "embed_key" if work.verb == "embed" else "call_key",
                _STEP,
                *work.key,
            )
        else:
            key = list_of((*work.key, *inside.key))
        is_awaited = (
            isinstance(work, Ask) and work.verb != "embed" and not cache.has_key
        )
        own = () if self.target is None else (self.target.connector.name,)
        connectors = (*own, *inside.connectors)
        made, check = Remade(work, tries), kept_check(work)
        return Cached(constant, key, is_awaited, made, self.type, check, connectors)


_CONTEXT = (name("run.payload"), name("step.results"))
"""What a callable can read of the run through its context."""

_STEP = name("step")
_MODEL_CALL = name("model_call")


def _verb(asked: Connector | ModelStep) -> str:
    """The function that asks the model of a connector or a step."""
    if asked.embed is not None:
        return "embed"
    return "ask_with_tools" if asked.tools else "ask"


def _summary(step: ConnectorStep | PythonStep) -> str:
    return f"{step.kind.capitalize()} `{step.target}`."
