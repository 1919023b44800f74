"""What calls of other languages are in this one."""

from __future__ import annotations

from typing import Final

from jinja2 import nodes

from n3gen.expressions.filters import ELSEWHERE, FILTERS

__all__ = ["MODULES", "way_of_function", "way_of_method", "way_of_module"]

MODULES: Final = frozenset(
    [
        *("json", "JSON", "os", "datetime", "date", "time", "Date", "math", "Math"),
        *("re", "random", "uuid", "str", "list", "dict", "int", "Object", "Array"),
    ]
)
"""Names of modules and classes whose functions other languages call."""

_HELD: Final = frozenset(["contains", "includes", "has", "has_key", "hasOwnProperty"])
_OF_NOW: Final = ("now", "utcnow", "today", "time", "getdate")
_AS_IT_IS: Final = (
    *("model_dump", "model_dump_json", "dict", "to_dict", "asdict"),
    *("copy", "toArray", "to_list", "valueOf"),
)
_NO_ERROR: Final = (
    "a step only runs if those before it succeeded; whether one did is "
    "`steps.NAME.status == 'ok'`"
)
_AFTER_ERROR: Final = (
    "what runs after an error stands below an `on_error:`, behind the steps it is for"
)
_LAST: Final = "what always runs last stands below a `finally:`, behind the steps"
_FUNCTIONS: Final = {
    "always": _LAST,
    "cancelled": _LAST,
    **dict.fromkeys(("success", "succeeded"), _NO_ERROR),
    **dict.fromkeys(("failure", "failed"), _AFTER_ERROR),
    **dict.fromkeys(_OF_NOW, "write `now()`"),
    "isinstance": "write a test, such as `x is string`",
    "print": "remove it: `n3gen run` shows what the chain's `result` says",
}
_FUNCTIONS_OF: Final = {
    **dict.fromkeys(("dumps", "stringify"), "tojson"),
    **dict.fromkeys(("loads", "parse"), "fromjson"),
}


def way_of_function(node: nodes.Call, name: str) -> str | None:
    """The way out for a function that does not exist, if one is known."""
    first = _spelled(node.args[0]) if node.args else ""
    if name in _HELD and len(node.args) == 2:
        return _asked(_spelled(node.args[1]), first)
    if name in ("getenv", "env"):
        return _of_environment(node)
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    filter_ = ELSEWHERE.get(name, name)
    return _filtered(first, filter_, node.args[1:]) if filter_ in FILTERS else None


def way_of_module(node: nodes.Call, module: str, name: str) -> str | None:
    """The way out for a function of a module, such as `json.dumps`, if one is known."""
    first = _spelled(node.args[0]) if node.args else ""
    if module in ("json", "JSON") and name in _FUNCTIONS_OF:
        return _filtered(first, _FUNCTIONS_OF[name], [])
    if module == "os" and name == "getenv":
        return _of_environment(node)
    if name in _OF_NOW:
        return _FUNCTIONS[name]
    filter_ = ELSEWHERE.get(name, name)
    return _filtered(first, filter_, node.args[1:]) if filter_ in FILTERS else None


def way_of_method(node: nodes.Call, owner: nodes.Expr, name: str) -> str | None:
    """The way out for a method that no value has here, if one is known."""
    path, first = _spelled(owner), _spelled(node.args[0]) if node.args else ""
    if name == "format":
        return f"write values in the text itself: `{_formatted(node, owner)}`"
    if name in _HELD:
        return _asked(first, path)
    if name in _AS_IT_IS:
        return f"it is read as it is: write `{path or 'x'}`"
    if name in ("push", "append", "add"):
        return f"write a longer list: `{path or 'x'} + [{first or 'item'}]`"
    if name in ("isEmpty", "is_empty"):
        return f"write `not {path or 'x'}`"
    return None


def _asked(item: str, owner: str) -> str:
    if not item:
        item = "'text'"
    return f"write `{item} in {owner or 'value'}`"


def _of_environment(node: nodes.Call) -> str:
    first = node.args[0] if node.args else None
    name = first.value if isinstance(first, nodes.Const) else "NAME"
    return f"write `env.{name}`"


def _filtered(subject: str, filter_: str, rest: list[nodes.Expr]) -> str:
    arguments = [_spelled(one) or "..." for one in rest]
    behind = f"({', '.join(arguments)})" if arguments else ""
    return f"a filter does it: write `{subject or 'x'} | {filter_}{behind}`"


def _formatted(node: nodes.Call, owner: nodes.Expr) -> str:
    """The text that a call of Python's `format` means, as far as it is plain."""
    values = [_path(one) for one in node.args]
    text = owner.value if isinstance(owner, nodes.Const) else None
    parts = text.split("{}") if isinstance(text, str) else []
    if len(parts) != len(values) + 1 or not all(values) or node.kwargs:
        return '"Kind: {{ payload.kind }}"'
    holes = [*(f"{{{{ {value} }}}}" for value in values), ""]
    joined = "".join(part + hole for part, hole in zip(parts, holes, strict=True))
    return f'"{joined}"'


def _spelled(node: nodes.Node) -> str:
    """A path or a plain value as it is written; empty for anything else."""
    return repr(node.value) if isinstance(node, nodes.Const) else _path(node)


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        owner = _path(node.node)
        return owner and f"{owner}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else ""
