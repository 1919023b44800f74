"""Values of environment variables, and what keeps the secrets among them hidden."""

from __future__ import annotations

import json
import logging
import re
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import is_
from typing import Any, cast

from ..recovery.failures import ModelError
from ..run.process import process_state
from ..run.settings import variable

__all__ = [
    "Env",
    "count_as_secret",
    "hide_secrets",
    "missing_variables",
    "read_setting",
    "secret_hider",
    "secret_values",
    "variables_in",
]

SHORTEST_SECRET = 4
"""Characters below which a secret is not hidden: hiding an `a` would garble any text."""

REQUESTS = frozenset(("_request", "request", "request_info"))
"""What errors of HTTP clients call the request that they keep."""


@dataclass(frozen=True)
class Env:
    """An environment variable, read when a run needs it."""

    name: str
    default: str | None = None


def read_setting(value: Env | str | None, *, is_secret: bool = True) -> str | None:
    """Return a setting of a connection; raise `ModelError` where its variable is not set.

    A variable that is blank counts as not set, and the blanks around a value, such as
    the line break at the end of a file with a key, are not part of it.
    """
    if not isinstance(value, Env):
        return value
    text = variable(value.name)
    if text is None:
        text = value.default
    elif is_secret and text != value.default:
        count_as_secret(value.name)
    if text is None:
        raise ModelError(f"the environment variable {value.name} is not set")
    return text


def variables_in(text: str) -> str:
    """Say from which variables that were read a text has its secrets, for a message."""
    names: set[str] = process_state().get("secret_names", set())
    found = [n for n in sorted(names) if (value := variable(n)) and value in text]
    return f" (it is from {' and '.join(found)})" if found else ""


def count_as_secret(name: str) -> None:
    """Have the value of a variable hidden in errors, logs, events and recordings."""
    state = process_state()
    state.setdefault("secret_names", set()).add(name)
    state["words_of_error"] = words_of_error
    state["log_error"] = log_error
    state["shown_key"] = shown_key
    for client in ("httpx", "httpx2"):
        logging.getLogger(client).addFilter(hide_in_line)


def shown_key(key: object) -> str:
    """Return the key of a round as it stands in paths, which everybody sees."""
    return hide_secrets(str(key), secret_values())


def hide_in_line(record: logging.LogRecord) -> bool:
    """Hide secrets in a line that a client logs of a request, with all of its address."""
    line = re.sub(r"//[^/@\s]*@", "//", record.getMessage())
    record.msg, record.args = hide_secrets(line, secret_values()), ()
    return True


def words_of_error(error: BaseException) -> str:
    """Return the words of an error, with secrets hidden there and in all that it keeps.

    An error is logged and raised after it was described, together with those behind
    it. The requests that errors of httpx keep are dropped, as their headers hold keys.
    """
    hide = secret_hider(secret_values())
    seen: dict[int, BaseException] = {}
    waiting: list[BaseException | None] = [error]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen[id(found)] = found
        found.__context__ = without_words(found.__context__, hide)
        if found.__cause__ is not None:
            found.__cause__ = without_words(found.__cause__, hide)
        waiting += [found.__cause__, found.__context__]
        waiting += getattr(found, "exceptions", ())
        hide_kept(found, hide)
        hide_kept(getattr(found, "response", None), hide)
        if not isinstance(found, BaseExceptionGroup):
            found.args = tuple(shown_part(part, hide) for part in found.args)
        if isinstance(found, OSError):
            for name in ("strerror", "filename", "filename2"):
                if (kept := getattr(found, name)) is not None:
                    setattr(found, name, hide(str(kept)))
    return hide(str(error))


def without_words(
    error: BaseException | None, hide: Callable[[str], str]
) -> BaseException | None:
    """Return an error, or for a group, whose message cannot be changed, one without secrets."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    group = cast("BaseExceptionGroup[BaseException]", error)
    inner = [without_words(one, hide) or one for one in group.exceptions]
    message = hide(group.message)
    if message == group.message and all(map(is_, inner, group.exceptions)):
        return group
    hidden = BaseExceptionGroup.__new__(type(group), message, inner)
    hidden.__dict__.update(group.__dict__)
    hidden.__context__, hidden.__cause__ = group.__context__, group.__cause__
    hidden.__suppress_context__ = group.__suppress_context__
    return hidden.with_traceback(group.__traceback__)


def hide_kept(owner: object, hide: Callable[[str], str]) -> None:
    """Drop the requests that an error or a response keeps, and hide secrets in its texts."""
    kept: dict[str, Any] = getattr(owner, "__dict__", {})
    for name, value in kept.items():
        if name in REQUESTS:
            kept[name] = None
        elif isinstance(value, str):
            kept[name] = hide(value)
        elif name == "__notes__":
            kept[name] = [hide(str(note)) for note in value]
        elif name == "headers" and hasattr(value, "update"):
            value.update([(key, hide(str(text))) for key, text in value.items()])


def shown_part(part: Any, hide: Callable[[str], str]) -> Any:
    """Return a part of an error as it may be kept: nobody knows what an object holds."""
    if part is None or isinstance(part, int | float):
        return part
    return hide(part if isinstance(part, str) else repr(part))


def log_error(
    logger: logging.Logger,
    template: str,
    message: str,
    *,
    exc_info: BaseException | None,
) -> None:
    """Log an error with its traceback as text, in which secrets are hidden.

    An error may keep them anywhere, so what was logged does not hold the error itself.
    """
    secrets = secret_values()
    if exc_info is None or not secrets:
        logger.error(template, message, exc_info=exc_info)
    elif logger.isEnabledFor(logging.ERROR):
        file, line, *_ = logger.findCaller()
        record = logger.makeRecord(
            logger.name, logging.ERROR, file, line, template, (message,), None
        )
        lines = traceback.format_exception(exc_info)
        record.exc_text = hide_secrets("".join(lines).rstrip(), secrets)
        logger.handle(record)


def missing_variables(names: Iterable[str]) -> list[str]:
    """Return those variables that are not set, or blank."""
    return [name for name in names if variable(name) is None]


def secret_values() -> list[str]:
    """Return all secrets that this process has read, by their values as they are now."""
    state = process_state()
    names: set[str] = state.get("secret_names", set())
    values = [text for name in sorted(names) if (text := variable(name))]
    parts = state.get("parts_of_secret")
    return [part for value in values for part in parts(value)] if parts else values


def hide_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets in it, however they are written."""
    return secret_hider(secrets)(text)


def secret_hider(
    secrets: Iterable[str], shortest: int = SHORTEST_SECRET
) -> Callable[[str], str]:
    """Return what hides secrets of at least `shortest` characters in texts.

    They are found in upper and lower case, in JSON, HTML, addresses, and base64.
    """
    stripped = {secret.strip() for secret in secrets}
    # The longest first, as one secret may begin with another.
    longest_first = sorted(stripped, key=lambda secret: (-len(secret), secret))
    forms = [
        f"(?{flag}:{''.join(map(ways_to_write, form))})"
        for secret in longest_first
        if len(secret) >= shortest
        for flag, form in [("i", secret), *(("", f) for f in base64_forms(secret))]
    ]
    if not forms:
        return str
    pattern = re.compile("|".join(dict.fromkeys(forms)))
    return lambda text: pattern.sub("***", text)


def base64_forms(secret: str) -> Iterator[str]:
    """Yield a secret in base64: what does not depend on the characters around it."""
    data = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        first, last = (before * 8 + 5) // 6, (before + len(data)) * 8 // 6
        encoded = b64encode(bytes(before) + data).decode()[first:last]
        yield from (encoded, encoded.replace("+", "-").replace("/", "_"))


def ways_to_write(char: str) -> str:
    """Return a pattern for a character as such, in an address, and in JSON or HTML, nested."""
    if char.isascii() and char.isalnum():
        return char
    in_address = "".join(f"%{b:02X}" for b in char.encode("utf-8", "surrogatepass"))
    in_json = re.escape(json.dumps(char)[1:-1]).replace(r"\\", r"\\+")
    name = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}.get(char, "#")
    in_html = rf"&(?:amp;)*(?:#0*{ord(char)}|#x0*{ord(char):x}|{name});"
    in_text = rf"\\+u{ord(char):04x}|\\*{re.escape(char)}"
    # A form has `+` for a blank, and the lines of an answer are put into one.
    blank = r"|[+\s]" if char.isspace() else ""
    return f"(?i:{in_json}|{in_html}|{in_address}|{in_text}{blank})"
