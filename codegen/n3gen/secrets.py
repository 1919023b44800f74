"""What a secret looks like that is written out: by its name, its form, or its address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = [
    "Secret",
    "names_secret",
    "secret_value",
    "secrets_in",
    "starred",
    "without_secrets",
    "written_secrets",
]

_NAME: Final = re.compile(
    r"key|sig|(?:proxy-)?authorization|cookie"
    r"|[\w-]*(?:api|app|subscription|access|auth|private|secret)[-_]?key"
    r"|[\w-]*(?:token|secret|password|passwd|pwd|credentials?)|(?:[\w-]*[-_])?signature",
    re.IGNORECASE | re.ASCII,
)
"""Names of headers, parameters and fields that hold secrets."""

_VAGUE: Final = re.compile(r"key|sig|cookie|(?:[\w-]*[-_])?signature", re.IGNORECASE)
"""Those among them that hold other things as well."""

_RANDOM: Final = re.compile(r"(?=[^\d]*\d)[\w.+/=:~-]{12,}", re.ASCII)

_ELSEWHERE: Final = re.compile(r"\$\{?\w|env\s*\(|%\w+%")
"""Ways in which other tools read variables of the environment."""

_SCHEME: Final = re.compile(r"(?:bearer|basic|token|apikey)\s+(?=\S+$)", re.IGNORECASE)

_WITHOUT_SCHEME: Final = re.compile(
    r"(?!\s*(?:bearer|basic|token|apikey)?\s*$).+", re.IGNORECASE | re.DOTALL
)

_FORMS: Final = re.compile(
    r"(?<![\w-])(?:"
    r"sk-(?=[\w-]*\d)[\w-]{8,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|xox[abeprs]-[\w-]{10,}|AKIA[A-Z0-9]{16}|AIza[\w-]{30,}|hf_\w{20,}|gsk_\w{20,}"
    r"|[rs]k_(?:live|test)_\w{10,}|SG\.[\w-]{16,}\.[\w-]+|tvly-[\w-]{16,}"
    r"|app-[A-Za-z0-9]{20,}|eyJ[\w-]{8,}\.eyJ[\w-]+(?:\.[\w-]*)?)(?![\w-])",
    re.ASCII,
)
"""Forms that providers give to their keys."""

_PEM: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----BEGIN ).)*?-----END [A-Z ]*PRIVATE KEY-----",
    re.DOTALL,
)
_BEARER: Final = re.compile(
    r"\b(?:bearer|basic)\s+((?=[^\s\d]*\d)[\w.+/=~-]{8,})", re.IGNORECASE | re.ASCII
)
_USER: Final = re.compile(
    r"(?<=[\w+.-])://([^\s/?#@:{}'\"]*+):([^\s/?#@{}'\"]++)@", re.ASCII
)
_ONLY_USER: Final = re.compile(r"(?<=[\w+.-])://((?=[\w-]*\d)[\w-]{16,}+)@", re.ASCII)
_PARAMETER: Final = re.compile(r"[?&;]([\w.-]+)=(?!\$\{)([^&#\s'\"{}<>]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secret:
    """A stretch of a text that is a secret; `name` says what it is of."""

    start: int
    end: int
    name: str


def names_secret(name: str) -> bool:
    """Whether a header, a parameter or a field of this name holds a secret."""
    return _NAME.fullmatch(name) is not None


def secret_value(name: str, text: str) -> Secret | None:
    """The secret in the text under a name; `None` where there is none.

    The scheme of an `Authorization` stays outside. Under a name that has other uses,
    such as `key`, a secret has a digit and the length of one.
    """
    if not names_secret(name) or not _WITHOUT_SCHEME.fullmatch(text):
        return None
    scheme = _SCHEME.match(text)
    start = scheme.end() if scheme else 0
    if _ELSEWHERE.match(text, start):
        return None
    if _VAGUE.fullmatch(name) and not _RANDOM.fullmatch(text, start):
        return None
    return Secret(start, len(text), name)


def secrets_in(text: str) -> Iterator[Secret]:
    """Yield the secrets in a text, of any name, in their order.

    These are keys of the forms that providers give them, passwords and keys in
    addresses, and what stands behind `Bearer`.
    """
    found = [
        *(Secret(*match.span(), "key") for match in _FORMS.finditer(text)),
        *(Secret(*match.span(), "private_key") for match in _PEM.finditer(text)),
        *(Secret(*match.span(1), "token") for match in _BEARER.finditer(text)),
        *(Secret(*match.span(2), "password") for match in _USER.finditer(text)),
        *(Secret(*match.span(1), "token") for match in _ONLY_USER.finditer(text)),
        *(
            Secret(*match.span(2), match[1])
            for match in _PARAMETER.finditer(text)
            if names_secret(match[1])
        ),
    ]
    end = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start >= end:
            yield one
            end = one.end


def written_secrets(
    name: str, text: str, *, of_credentials: bool = True
) -> Iterator[Secret]:
    """Yield the secrets in a text under a name, be it that of a key of other data.

    Where no `of_credentials`, as in the body of a request, and under names that have
    other uses, a secret has a digit and the length of one.
    """
    whole = secret_value(name, text)
    if whole is not None and (
        of_credentials or _RANDOM.fullmatch(text, whole.start, whole.end)
    ):
        yield whole
        return
    for one in secrets_in(text):
        is_parameter = text[max(one.start - 1, 0)] == "="
        value = text[one.start : one.end]
        if not is_parameter or secret_value(one.name, value) is not None:
            yield one


_UNDER_KEY: Final = re.compile(
    r"(?<![\w-])([A-Za-z][\w-]*+)[\"']?[ \t]*+[:=][ \t]*+[\"']?(?:(?:bearer|basic)[ ]++)?"
    r"([\w.+/=~-]{12,}+)(?=[\"'\s,;}\]]|$)",
    re.IGNORECASE | re.ASCII,
)
"""A key and a value of one word, on one line."""


def without_secrets(text: str) -> str:
    """A line of a spec, or some words about it, with stars for secrets, as long as before."""
    found = [(one.start, one.end) for one in written_secrets("", text)]
    for match in _UNDER_KEY.finditer(text):
        is_clear = names_secret(match[1]) and not _VAGUE.fullmatch(match[1])
        if is_clear and _RANDOM.fullmatch(match[2]):
            found.append(match.span(2))
    parts: list[str] = []
    done = 0
    for start, end in sorted(found):
        if start >= done and "*" not in text[start:end]:
            parts += [text[done:start], starred(text[start:end])]
            done = end
    return "".join((*parts, text[done:]))


def starred(secret: str) -> str:
    """Stars for all but the beginning of a secret, line by line."""
    kept = min(4, len(secret) // 4)
    return secret[:kept] + re.sub(r"[^\n]", "*", secret[kept:])
