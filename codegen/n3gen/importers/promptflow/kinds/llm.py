"""`type: llm`: a call of a model, its template split at the lines with roles."""

from __future__ import annotations

import json
from typing import Any, Final

from n3gen.expressions.tokens import Unreadable
from n3gen.importers.promptflow.chatting import Chat, chat_keys
from n3gen.importers.promptflow.connections import connection_of
from n3gen.importers.promptflow.flow import Node
from n3gen.importers.promptflow.inlining import prompt_node
from n3gen.importers.promptflow.kinds.kind import Made, given_step, maker
from n3gen.importers.promptflow.kinds.rendering import (
    list_names,
    lost_template,
    template_of,
)
from n3gen.importers.promptflow.references import reference
from n3gen.importers.promptflow.scope import Scope
from n3gen.importers.promptflow.templates import Untranslated
from n3gen.importers.promptflow.turns import Unsplit
from n3gen.spec.providers.openai import OpenAIConnection
from n3gen.syntax.writer import flow

__all__ = ["call_step", "make_llm"]

_WHOLE: Final = frozenset(("max_tokens", "n", "seed", "logprobs", "best_of"))
_NUMBERS: Final = frozenset(
    ("temperature", "top_p", "presence_penalty", "frequency_penalty")
)
_OPTIONS: Final = (
    *("temperature", "top_p", "n", "stop", "max_tokens", "presence_penalty"),
    *("frequency_penalty", "logit_bias", "user", "response_format", "seed", "echo"),
    *("suffix", "logprobs", "best_of"),
)
_CALLS: Final = ("functions", "tools")
_LOST: Final = ("suffix", "function_call")
"""Options of calls that are gone."""

_NO_OPTIONS: Final = frozenset(("model", "deployment_name", "stream", *_CALLS))
_OF_CALL: Final = frozenset(
    (
        *_OPTIONS,
        *_CALLS,
        *("function_call", "tool_choice", "deployment_name", "model", "stream"),
        *("connection", "api"),
    )
)


@maker("llm")
def make_llm(scope: Scope, node: Node, name: str) -> Made:
    """Make the step of a model call."""
    for key in _CALLS:
        if node.asked.get(key):
            return _with_functions(scope, node, name, key)
    if node.text("api") == "completion":
        label = scope.importing.flow.node_label(node, "api")
        what = "the completion API is gone: the prompt goes to the model as one message"
        scope.importing.changed(what, label)
    return call_step(scope, node, name, node.text("connection"))


def call_step(scope: Scope, node: Node, name: str, connection: str) -> Made:
    """A model call, or a function that is given where its template cannot be split."""
    importing = scope.importing
    teller = prompt_node(importing.flow, importing.lookup, node) or node
    inputs = teller.inputs
    if teller.settings is None:
        inputs = {key: one for key, one in inputs.items() if key not in _OF_CALL}
    template = template_of(scope, teller, inputs)
    template.lists = list_names(scope, inputs)
    is_chat = node.text("api") != "completion"
    try:
        chat = chat_keys(template, name, is_chat=is_chat)
    except Unsplit as why:
        stop = Untranslated(why.why, template.label(why.start))
    except Unreadable as why:
        stop = Untranslated(why.fault.message, template.label(why.fault.start))
    except Untranslated as why:
        stop = why
    else:
        return _call(scope, node, connection, chat)
    comments = lost_template(scope, stop, name, template.source.path)
    return _given(scope, node, name, comments)


def _call(scope: Scope, node: Node, connection: str, chat: Chat) -> Made:
    model, comments = _model_of(scope, node)
    step: dict[str, Any] = {"name": chat.name, **chat.keys, "model": model}
    step["connection"] = connection_of(scope, node, connection)
    options, left_out = _options_of(scope, node)
    if options:
        step["options"] = options
    comments = [*chat.comments, *comments, *left_out]
    return Made(step, "llm", chat.blocks, comments, "an answer")


def _with_functions(scope: Scope, node: Node, name: str, key: str) -> Made:
    """A call whose functions are data, which the run has to make itself."""
    label = scope.importing.flow.setting_label(node, key)
    what = f"`{key}` are schemas; a step calls Python functions as `tools`"
    way_out = f"give the run a function as `{name}`: connectors={{'{name}': ...}}"
    scope.importing.lost(what, label, way_out)
    return _given(scope, node, name, [f"{what}.", way_out])


def _given(scope: Scope, node: Node, name: str, comments: list[str]) -> Made:
    values = {key: scope.value(one) for key, one in node.inputs.items()}
    path = str(node.source.get("path"))
    comments = [*comments, f"Its template is {path}."]
    comments += [f"{key}: {flow(one)}" for key, one in (node.settings or {}).items()]
    return Made(
        given_step(scope, node, name, name, values),
        f"given `{name}`",
        comments=comments,
    )


def _model_of(scope: Scope, node: Node) -> tuple[Any, list[str]]:
    """The model of a node, and a comment where OpenAI and Azure have two names for it."""
    model = node.asked.get("model") or None
    deployment = node.asked.get("deployment_name") or None
    found = model or deployment
    if found is None:
        label = scope.importing.flow.node_label(node)
        what = f"{scope.importing.named(node)} names no model"
        scope.importing.lost(what, label, "add `model:` to the step")
        return "gpt-4o", ["It names no model: this one is a guess."]
    comments = []
    if deployment not in (None, found):
        comments = [f"deployment_name: {deployment}, on Azure"]
    return _value(scope, node, found), comments


def _value(scope: Scope, node: Node, found: Any) -> Any:
    """A value of `asked` as data of a spec, which settings are already."""
    return scope.value(found) if node.settings is None else found


def _options_of(scope: Scope, node: Node) -> tuple[dict[str, Any], list[str]]:
    """The options that go to the provider, and comments on those that do not.

    Empty ones are none, as in Prompt Flow. What n3gen has no name for goes as it is.
    """
    found: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    comments: list[str] = []
    keys = _OPTIONS if node.settings is None else tuple(node.settings)
    for key in keys:
        value = node.asked.get(key)
        is_empty = value is None or (isinstance(value, str | list | dict) and not value)
        if is_empty or key in _NO_OPTIONS:
            continue
        label = scope.importing.flow.setting_label(node, key)
        if key in _LOST:
            way_out = "leave it to the function of a given connector"
            scope.importing.lost(f"`{key}` is not an option of a step", label, way_out)
            comments.append(f"{key}: {flow(value)}")
        elif key in OpenAIConnection.OPTIONS:
            found[key] = _value(scope, node, _option(key, value))
        else:
            extra[key] = _value(scope, node, _option(key, value))
            scope.importing.changed(f"`{key}` goes to the provider unchecked", label)
    if node.asked.get("stream") is True:
        label = scope.importing.flow.setting_label(node, "stream")
        what = "the caller of the chain decides whether its answer is streamed"
        scope.importing.changed(what, label, "`stream_chain` gives it as it comes")
    return {**found, "extra": extra} if extra else found, comments


def _option(key: str, value: Any) -> Any:
    if not isinstance(value, str) or reference(value) is not None:
        return value
    try:
        if key in _WHOLE:
            return int(value)
        if key in _NUMBERS:
            return float(value)
        if key in ("stop", "logit_bias", "response_format"):
            return json.loads(value)
    except ValueError:
        return value
    return value
