"""Reading the keys by which a connector and an `llm` step ask a model."""

from __future__ import annotations

import re
from typing import Any, Final

from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.keys import key_names
from n3gen.spec.model_call_keys import MESSAGE, TOOL_BY_NAME, ModelCall
from n3gen.spec.nodes import Tool
from n3gen.spec.policies import whole_number
from n3gen.spec.reader import Reader
from n3gen.spec.rules import (
    BadName,
    DuplicateName,
    MisplacedKey,
    WrongType,
)
from n3gen.spec.values import described, shown

__all__ = ["BELONGS", "read_call"]

BELONGS: Final = {"rate_limit": "the connection", "budget": "the chain"}
"""Keys that neither has, and where they belong."""

_NOT_BESIDE_EMBED: Final = (
    "prompt",
    "system",
    "messages",
    "images",
    "files",
    "tools",
    "rounds",
    "output",
)
_NEEDS: Final = (
    ("rounds", "tools", "it says how often tools may be called"),
    ("images", "prompt", "they go with it; a message has `images` of its own"),
    ("files", "prompt", "they go with it; a message has `files` of its own"),
)
_DATA: Final = ("messages", "images", "files", "embed")
_ROLES: Final = ("system", "user", "assistant")
_ROLES_ELSEWHERE: Final = {
    "human": "user",
    "developer": "system",
    **dict.fromkeys(("ai", "bot", "model"), "assistant"),
}
"""What other tools call the roles."""

_TOOL_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}", re.ASCII)


def read_call(reader: Reader, loc: Loc, values: dict[str, Any], what: str) -> None:
    """Check what is asked and how, and drop what is wrong in it.

    `what` is what asks, such as ``connector `x` ``.
    """
    for empty in [
        key
        for key in key_names(ModelCall.CALL_KEYS)
        if key in values and values[key] is None
    ]:
        del values[empty]
    given = {key for key in values if values[key] is not None}
    reader.data(loc, values, *_DATA)
    _messages(reader, loc, values)
    if isinstance(prompt := values.get("prompt"), list):
        label = reader.document.label((*loc, "prompt"))
        is_several = any(isinstance(one, dict) for one in prompt)
        way_out = "several messages are `messages:`: write that key instead"
        reader.report(
            WrongType.of(
                "`prompt`", "a text", "a list", label, way_out if is_several else None
            )
        )
        values.pop("prompt")
        reader.rejected = True
    for key in ("images", "files"):
        _texts(reader, loc, values, key, "an address or a path")
    _texts(reader, loc, values, "embed", "a text")
    whole_number(reader, loc, values, "rounds")
    _tools(reader, loc, values)
    if not given & {"prompt", "messages", "embed"}:
        way_out = "add `prompt:`, `messages:` or `embed:`"
        reader.missing(loc, "prompt", what, way_out)
    elif "embed" in given:
        for key in (key for key in _NOT_BESIDE_EMBED if key in given):
            label = reader.document.key_label((*loc, key))
            why = "texts are made into vectors as they are"
            reader.report(MisplacedKey.beside(key, "embed", label, why))
            values.pop(key, None)
    else:
        for key, other, why in _NEEDS:
            if key in given and other not in given:
                label = reader.document.key_label((*loc, key))
                reader.report(MisplacedKey.without(key, other, label, why))
                values.pop(key, None)


def _texts(
    reader: Reader, loc: Loc, values: dict[str, Any], key: str, wanted: str
) -> None:
    """Drop what is neither a text nor a list of texts."""
    given, at = values.get(key), (*loc, key)
    if given is None or isinstance(given, str):
        return
    if not isinstance(given, list):
        label = reader.document.label(at)
        both = f"{wanted} or a list of them"
        reader.report(WrongType.of(f"`{key}`", both, described(given), label))
        del values[key]
        return
    if not given:
        label = reader.document.label(at)
        reader.report(WrongType.plainly(f"`{key}` is an empty list", label))
    for index, item in enumerate(given):
        if not isinstance(item, str):
            label = reader.document.label((*at, index))
            what = f"an item of `{key}`"
            reader.report(WrongType.of(what, "a text", described(item), label))
    values[key] = [item for item in given if isinstance(item, str)]


def _messages(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    given, at = values.get("messages"), (*loc, "messages")
    if given is None or (isinstance(given, str) and _is_expression(given)):
        return
    label = reader.document.label(at)
    if isinstance(given, list) and given:
        for index, item in enumerate(given):
            _message(reader, (*at, index), item)
        return
    if isinstance(given, list):
        reader.report(WrongType.plainly("`messages` is an empty list", label))
    else:
        wanted = "a list of messages or an expression"
        way_out = None
        if isinstance(given, str):
            is_plain = "{{" not in given and "{%" not in given
            way_out = "write it as `{{ ... }}`"
            if is_plain:
                way_out = "a single message is the `prompt`: write that key instead"
        what = described(given)
        reader.report(WrongType.of("`messages`", wanted, what, label, way_out))
    del values["messages"]


def _is_expression(text: str) -> bool:
    text = text.strip()
    return text.startswith("{{") and text.endswith("}}")


def _message(reader: Reader, loc: Loc, data: Any) -> None:
    what = "a message"
    if not isinstance(data, dict):
        label = reader.document.label(loc)
        way_out = None
        if isinstance(data, str):
            way_out = "write `{role: user, content: ...}`"
        reader.report(WrongType.of(what, "a mapping", described(data), label, way_out))
        return
    if len(data) == 1 and (role := _role(next(iter(data)))) is not None:
        label = reader.document.key_label((*loc, next(iter(data))))
        way_out = f"write `role: {role}`, and what it says under `content:`"
        what = f"`{shown(next(iter(data)))}` is the role of a message, and no key of it"
        reader.report(WrongType.plainly(what, label, way_out))
        return
    items = reader.known(loc, data, MESSAGE, what)
    for key in (key.name for key in MESSAGE if key.needed):
        if items.get(key) is None:
            reader.missing(loc, key, "this message")
    role, content = items.get("role"), items.get("content")
    if role is not None and role not in _ROLES:
        reader.choice((*loc, "role"), role, _ROLES, _ROLES_ELSEWHERE)
    if content is not None and not isinstance(content, str):
        label = reader.document.label((*loc, "content"))
        reader.report(WrongType.of("`content`", "a text", described(content), label))
    for key in ("images", "files"):
        _texts(reader, loc, items, key, "an address or a path")


def _role(key: Any) -> str | None:
    """The role that a key stands for, if it stands for one."""
    return key if key in _ROLES else _ROLES_ELSEWHERE.get(key)


def _tools(reader: Reader, loc: Loc, values: dict[str, Any]) -> None:
    """Convert `tools`, a list or a mapping by name, to a tuple of `Tool`s."""
    given, at = values.get("tools"), (*loc, "tools")
    if given is None:
        return
    if not isinstance(given, dict | list):
        label = reader.document.label(at)
        wanted = "a list or a mapping"
        reader.report(WrongType.of("`tools`", wanted, described(given), label))
        del values["tools"]
        return
    entries: list[tuple[Loc, str | None, Any]]
    if isinstance(given, dict):
        entries = [((*at, name), name, data) for name, data in given.items()]
    else:
        entries = [((*at, index), None, data) for index, data in enumerate(given)]
    seen: dict[str, Loc] = {}
    found = [_tool(reader, where, key, data, seen) for where, key, data in entries]
    values["tools"] = tuple(tool for tool in found if tool is not None)


def _tool(
    reader: Reader, loc: Loc, key: Any, data: Any, seen: dict[str, Loc]
) -> Tool | None:
    """A tool; `key` is its name where the tools are a mapping."""
    what = "a tool"
    if isinstance(data, str):
        data = {"target": data}
    if not isinstance(data, dict):
        label = reader.document.label(loc)
        wanted = "`package.module:function` or a mapping"
        reader.report(WrongType.of(what, wanted, described(data), label))
        return None
    keys = reader.known(loc, data, Tool.KEYS if key is None else TOOL_BY_NAME, what)
    if not keys.get("target"):
        reader.missing(loc, "target", "this tool")
        return None
    name = _tool_name(reader, loc, key, keys)
    if name is None:
        return None
    at = (*loc, "name") if "name" in keys else loc
    if name in seen:
        first = reader.document.label(seen[name], "the first one")
        label = reader.document.label(at)
        reader.report(DuplicateName.of("tool", name, label, first))
        return None
    seen[name] = at
    return reader.build(Tool, loc, {**keys, "name": name}, what)


def _tool_name(reader: Reader, loc: Loc, key: Any, keys: dict[str, Any]) -> str | None:
    """The name of a tool: its key, its `name`, or its function's; `None` where it is none."""
    name = keys.get("name") if key is None else key
    label = reader.document.label((*loc, "name"))
    if key is not None:
        label = reader.document.key_label(loc)
    elif name is None:
        target = str(keys["target"])
        name = re.split(r"[.:]", target)[-1]
        if not is_name(name):
            return target  # reported elsewhere as no function
    if isinstance(name, str) and _TOOL_NAME.fullmatch(name):
        return name
    reader.report(BadName.tool(shown(name), label))
    return None
