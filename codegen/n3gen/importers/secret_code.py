"""Secrets in Python that is in a flow, and is written beside its spec."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Callable

from n3gen.secrets import Secret, secret_value, secrets_in

__all__ = ["in_code"]

Keep = Callable[[str, str], str]


def in_code(code: str, keep: Keep) -> str:
    """Code whose texts with secrets are read from the environment when it runs."""
    lines = code.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    try:
        tokens = list(tokenize.generate_tokens(iter(lines).__next__))
    except (tokenize.TokenError, SyntaxError):
        return code
    pieces: list[str] = []
    at = 0
    for index, token in enumerate(tokens):
        if token.type != tokenize.STRING:
            continue
        start = starts[token.start[0] - 1] + token.start[1]
        end = starts[token.end[0] - 1] + token.end[1]
        text = _expression(token.string, _name(tokens[max(index - 2, 0) : index]), keep)
        if text is not None:
            pieces += [code[at:start], text]
            at = end
    found = "".join([*pieces, code[at:]])
    is_known = re.search(r"^import os\b", code, re.MULTILINE)
    return found if not pieces or is_known else _importing(found)


def _name(before: list[tokenize.TokenInfo]) -> str:
    """The name that a text is given to: `name = "..."`, or `"name": "..."`."""
    if len(before) < 2 or before[-1].string not in ("=", ":"):
        return ""
    given = before[-2]
    if given.type == tokenize.STRING:
        value = _value(given.string)
        return value if isinstance(value, str) else ""
    return given.string if given.type == tokenize.NAME else ""


def _value(literal: str) -> object:
    try:
        return ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return None


def _expression(literal: str, name: str, keep: Keep) -> str | None:
    """The expression for a literal with secrets; `None` for one without."""
    value = _value(literal)
    if not isinstance(value, str):
        return None
    whole = secret_value(name, value)
    secrets: list[Secret] = list(secrets_in(value))
    if whole is not None and re.fullmatch(r"(?=\D*\d)\S{8,}", value[whole.start :]):
        secrets = [whole]
    if not secrets:
        return None
    parts: list[str] = []
    at = 0
    for one in secrets:
        parts += [_quoted(value[at : one.start])] if value[at : one.start] else []
        parts.append(f'os.environ["{keep(one.name, value[one.start : one.end])}"]')
        at = one.end
    parts += [_quoted(value[at:])] if value[at:] else []
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def _quoted(text: str) -> str:
    """A literal for a text, in double quotes where it has none."""
    found = repr(text)
    return f'"{found[1:-1]}"' if found[0] == "'" and '"' not in text else found


def _importing(code: str) -> str:
    """The code with `import os`, behind its imports from the future."""
    future = [*re.finditer(r"^from __future__ .*\n", code, re.MULTILINE)]
    at = future[-1].end() if future else 0
    return f"{code[:at]}import os\n\n{code[at:]}"
