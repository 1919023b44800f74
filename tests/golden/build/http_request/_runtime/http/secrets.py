"""Values of environment variables, and what keeps the secrets among them hidden."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from ..recovery.failures import ModelError
from ..run.process import process_state
from ..run.settings import variable

SHORTEST_SECRET = 4
"""Characters below which a secret is not hidden: hiding an `a` would garble any text."""


ENV_LINE = re.compile(
    r"""
    [ \t]* (?: \#[^\n]*
    | (?:export[ \t]+)? (?P<name>[A-Za-z_][\w.]*) [ \t]*=[ \t]*
        (?: '(?P<single>(?:[^'\\]|\\.)*)' [ \t]* (?:\#[^\n]*)?
        | "(?P<double>(?:[^"\\]|\\.)*)" [ \t]* (?:\#[^\n]*)?
        | (?P<bare>(?!['"])[^\n]*) )
    )? (?:\n|\Z)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
"""An assignment, a comment or a blank line; what is in quotes may go over many lines."""


ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def variables_in(text: str) -> str:
    """Say from which variables that were read a text has its secrets, for a message."""
    names: set[str] = process_state().get("secret_names", set())
    values = {name: read_variable(name) for name in sorted(names)}
    found = [name for name, value in values.items() if value and value in text]
    return f" (it is from {' and '.join(found)})" if found else ""


def secret_values() -> list[str]:
    """Return the values, as they are now, of all secrets that this process has read."""
    names: set[str] = process_state().get("secret_names", set())
    return [text for name in sorted(names) if (text := read_variable(name))]


def read_variable(name: str) -> str | None:
    """Return the value of a variable, else what the file `N3GEN_ENV_FILE` has for it."""
    text = variable(name)
    path = variable("N3GEN_ENV_FILE")
    if text is None and path is not None:
        text = read_env_file(path).get(name, "").strip() or None
    return text


def read_env_file(path: str) -> Mapping[str, str]:
    """Return the variables in a file, which is read again when it has changed."""
    try:
        found = os.stat(path)
        return parse_env_file(path, found.st_mtime_ns, found.st_size, found.st_ino)
    except OSError as error:
        reason = error.strerror
    raise ModelError(f"N3GEN_ENV_FILE is `{path}`, which cannot be read: {reason}")


@lru_cache(maxsize=1)
def parse_env_file(path: str, *_: int) -> Mapping[str, str]:
    """Return the variables in a file; raise `ModelError` that names the line, and no value.

    Each stands on a line `NAME=value`, maybe after `export`, bare or in quotes. A
    value without quotes ends before ` #`.
    """
    # An error of the codec would show what is in the file.
    text = Path(path).read_bytes().decode(errors="replace")
    if "\ufffd" in text:
        raise ModelError(f"`{path}` is not in UTF-8")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = ENV_LINE.match(text, position)
        if match is None:
            line = text.count("\n", 0, position) + 1
            raise ModelError(f"{path}:{line} is not NAME=value with its quotes closed")
        position = match.end()
        name, single, double, bare = match.groups()
        if single is not None:
            found[name] = re.sub(r"\\([\\'])", r"\1", single)
        elif double is not None:
            escape = r"\\([nrt\"\\$])"
            found[name] = re.sub(escape, lambda c: ESCAPES.get(c[1], c[1]), double)
        elif bare is not None:
            found[name] = re.split(r"(?:^|\s)#", bare, maxsplit=1)[0].strip()
    return found


def hide_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets in it, however they are written."""
    return secret_hider(secrets)(text)


def secret_hider(
    secrets: Iterable[str], shortest: int = SHORTEST_SECRET
) -> Callable[[str], str]:
    """Return what hides secrets of at least `shortest` characters in texts.

    They are found as they are, in JSON, in an address, and in base64.
    """
    stripped = {secret.strip() for secret in secrets}
    # The longest first, as one secret may begin with another.
    longest_first = sorted(stripped, key=lambda secret: (-len(secret), secret))
    forms = [
        "".join(map(ways_to_write, form))
        for secret in longest_first
        if len(secret) >= shortest
        for form in (secret, *base64_forms(secret))
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
    """Return a pattern for a character as such, in an address, and in JSON, maybe in JSON."""
    if char.isascii() and char.isalnum():
        return char
    data = char.encode("utf-8", "surrogatepass")
    in_address = "".join(f"%{byte:02X}" for byte in data)
    in_json = re.escape(json.dumps(char)[1:-1]).replace(r"\\", r"\\+")
    plain = re.escape(char)
    ways = [in_json, rf"\\+u{ord(char):04x}", rf"\\+{plain}", in_address, plain]
    if char == " ":
        ways.append(r"\+")
    return f"(?i:{'|'.join(ways)})"
