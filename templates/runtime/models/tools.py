"""Python functions as tools that a model may call."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from inspect import Parameter
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PydanticUserError,
    ValidationError,
    create_model,
)

from ..answers.typed import LONGEST_FAULT, adapter, faults_of
from ..recovery.failures import ModelError
from ..run.callables import Context, invoke
from ..run.records import describe_error, is_stray
from ..run.run import Step
from ..run.warned import warn_of
from .models import ToolCall, ToolResult

__all__ = ["PythonTool"]

TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


class PythonTool:
    """A Python function that a model may call.

    Its arguments are the function's parameters by name, of the types of their
    annotations; a parameter without one takes any JSON. A first parameter `ctx`, or
    of type `Context`, is given what callables receive and is no argument. `*args`
    stays empty; with `**kwargs` further arguments are taken, of any JSON.
    """

    def __init__(
        self, name: str, function: Callable[..., Any], description: str = ""
    ) -> None:
        if not TOOL_NAME.fullmatch(name):
            raise ModelError(
                f"the tool name {name!r:.80} must be of up to 64 letters, digits, _ and -"
            )
        self.name = name
        self._function = function
        self._description = description

    def description(self) -> str:
        """What the tool does: as given, or the first paragraph of the docstring."""
        if self._description:
            return self._description
        words = inspect.getdoc(innermost(self._function)) or ""
        return " ".join(words.split("\n\n")[0].split())

    def parameters(self) -> Mapping[str, Any]:
        """The JSON schema of the arguments, an object."""
        return tool_arguments(self._function).schema

    async def call(self, step: Step, call: ToolCall) -> ToolResult:
        """Call the function; its result is a text, or JSON where it is not text.

        Arguments that do not fit, and what the function raises, are sent to the
        model; the log has the latter with its traceback. Cancellation propagates.
        """
        arguments = tool_arguments(self._function)
        try:
            positional, named = arguments.read(call.arguments, Context(step, {}))
        except ValidationError as error:
            faults = "".join(f"\n- {fault}" for fault in faults_of(error))
            return ToolResult(call, f"the arguments do not fit:{faults}", is_error=True)
        try:
            result = await invoke(step, self._function, *positional, **named)
            return ToolResult(call, tool_text(result))
        except BaseException as error:
            if not isinstance(error, Exception) and not is_stray(error):
                raise
            warn_of(step, f"goes on after its tool '{self.name}' failed", error)
            return ToolResult(call, describe_error(error), is_error=True)


@dataclass(frozen=True)
class ToolArguments:
    """The arguments of a function: `model` has a field `argument_0` and so on for each.

    The fields go by the names of the parameters only as aliases, as these may be ones
    that a model cannot have.
    """

    model: type[BaseModel]
    schema: dict[str, Any]
    parameters: tuple[Parameter, ...]
    context: Parameter | None

    def read(
        self, arguments: Mapping[str, Any], context: Context
    ) -> tuple[list[Any], dict[str, Any]]:
        """What to call the function with; raises `pydantic.ValidationError`."""
        values = self.model.model_validate(dict(arguments))
        positional: list[Any] = []
        named: dict[str, Any] = dict(values.model_extra or {})
        if self.context is not None and self.context.kind is Parameter.KEYWORD_ONLY:
            named[self.context.name] = context
        elif self.context is not None:
            positional.append(context)
        for index, parameter in enumerate(self.parameters):
            field = f"argument_{index}"
            given = field in values.model_fields_set
            if parameter.kind is Parameter.POSITIONAL_ONLY:
                value = getattr(values, field) if given else parameter.default
                positional.append(value)
            elif given:
                named[parameter.name] = getattr(values, field)
        return positional, named


@lru_cache(maxsize=1024)
def tool_arguments(function: Callable[..., Any]) -> ToolArguments:
    """The arguments of a function; raises `ModelError` where a model can give none."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
        context = None
        if parameters and is_context(parameters[0]):
            context = parameters.pop(0)
        model = arguments_model(parameters, innermost(function).__module__)
        schema = model.model_json_schema()
    except (PydanticUserError, NameError, TypeError, ValueError) as error:
        name = getattr(innermost(function), "__qualname__", repr(function))
        reason = describe_error(error)[:LONGEST_FAULT]
        raise ModelError(f"`{name}` cannot be a tool: {reason}") from error
    # Titles are of made-up names.
    del schema["title"]
    for argument in schema["properties"].values():
        argument.pop("title", None)
    named = tuple([p for p in parameters if p.kind not in VARIADIC])
    return ToolArguments(model, schema, named, context)


def arguments_model(parameters: Iterable[Parameter], module: str) -> type[BaseModel]:
    """A model with a field for each parameter that has a name.

    Annotations that are texts are looked up in `module`.
    """
    named = [p for p in parameters if p.kind not in VARIADIC]
    open_ended = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
    config = ConfigDict(extra="allow" if open_ended else "forbid")
    fields: dict[str, Any] = {
        f"argument_{index}": argument_field(parameter)
        for index, parameter in enumerate(named)
    }
    return create_model("Arguments", __config__=config, __module__=module, **fields)


def argument_field(parameter: Parameter) -> tuple[Any, Any]:
    """The type of a parameter, and its field; scalar defaults are in the schema."""
    type_, default = parameter.annotation, parameter.default
    if type_ is Parameter.empty:
        type_ = Any
    if default is Parameter.empty:
        return type_, Field(alias=parameter.name)
    if default is None or isinstance(default, str | int | float):
        return type_, Field(default, alias=parameter.name)
    return type_, Field(default_factory=lambda: None, alias=parameter.name)


def is_context(parameter: Parameter) -> bool:
    """Whether a first parameter is for what callables receive.

    Another generated module's `Context` will do, and so will its name as text.
    """
    annotation = getattr(parameter.annotation, "__name__", parameter.annotation)
    is_named_so = str(annotation).rpartition(".")[2] == "Context"
    return parameter.name == "ctx" or is_named_so


def innermost(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function in a `functools.partial`."""
    while isinstance(function, partial):
        function = function.func
    return function


def tool_text(result: Any) -> str:
    """What a tool returned, as text, or as JSON where it is not text."""
    if isinstance(result, str):
        return result
    return adapter(Any).dump_json(result).decode()
