"""The responses of mocked `http` steps that fail as those of servers do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final, TypeGuard

from n3gen.project.support_names import SupportNames
from n3gen.spec.values import is_int

__all__ = ["failed_response", "is_failed"]

_FAILED: Final = 400
"""The least status that is an error."""


def is_failed(answer: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether what a mock gives is a response that a step never gives but fails with."""
    status = answer.get("status") if isinstance(answer, dict) else None
    return is_int(status) and status >= _FAILED


def failed_response(
    who: str, answer: Mapping[str, Any], module: ModuleType
) -> Exception:
    """The error of a response of that status, as the module's `http` steps raise it."""
    names = SupportNames(module)
    httpx, body, given = names["httpx"], answer.get("body"), answer.get("headers")
    content = (
        body if isinstance(body, str) else "" if body is None else json.dumps(body)
    )
    said: str = names["error_words"](content.encode())
    headers = given if isinstance(given, dict) else {}
    request = httpx.Request("GET", "http://mock.invalid")
    response = httpx.Response(
        answer["status"],
        headers={str(name): str(value) for name, value in headers.items()},
        request=request,
    )
    words = f"{who} answered with status {answer['status']}: {said[:300]}".strip(": ")
    # The class is that of the library which the module uses, and not known here.
    error: Exception = httpx.HTTPStatusError(words, request=request, response=response)
    return error
