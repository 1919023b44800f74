"""Values of environment variables, and what keeps the secrets among them hidden."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator

from ..run.process import process_state
from ..run.settings import variable

SHORTEST_SECRET = 4
"""Characters below which a secret is not hidden: hiding an `a` would garble any text."""


def variables_in(text: str) -> str:
    """Say from which variables that were read a text has its secrets, for a message."""
    names: set[str] = process_state().get("secret_names", set())
    found = [n for n in sorted(names) if (value := variable(n)) and value in text]
    return f" (it is from {' and '.join(found)})" if found else ""


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
