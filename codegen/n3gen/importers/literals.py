"""Data of a flow as data of a spec, where `{{` would begin an expression."""

from __future__ import annotations

from typing import Any

__all__ = ["as_mock", "is_plain", "literal", "quoted"]

_SIGNS = ("{{", "{%", "{#")


def literal(value: Any) -> Any:
    """The data that stands for `value` as it is."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {key: literal(one) for key, one in value.items()}
    if isinstance(value, list):
        return [literal(one) for one in value]
    return value


def is_plain(value: Any) -> bool:
    """Whether no text in some data looks like a template, so that a test can expect it."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return all(map(is_plain, inner))
    return not isinstance(value, str) or not any(sign in value for sign in _SIGNS)


def _text(value: str) -> str:
    if not any(sign in value for sign in _SIGNS):
        return value
    if "endraw" in value:
        return f"{{{{ {quoted(value)} }}}}"
    return f"{{% raw %}}{value}{{% endraw %}}"


def quoted(value: Any) -> str:
    """A constant in an expression."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, str):
        text = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        text = text.replace("\r", "\\r").replace("\t", "\\t")
        if "{{" in text and "}}" in text:  # an expression is not read there
            return "('" + text.replace("{{", "{{' ~ '") + "')"
        return f"'{text}'"
    if isinstance(value, list):
        return f"[{', '.join(quoted(one) for one in value)}]"
    if isinstance(value, dict):
        pairs = (f"{quoted(key)}: {quoted(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


def as_mock(value: Any) -> Any:
    """A mock of just this value, whatever its keys are."""
    if isinstance(value, dict) and value.keys() <= {"delay", "value", "error", "times"}:
        return {"value": value}
    return value
