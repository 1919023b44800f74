"""The kinds of failure of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

from ..run.records import Foreseen, Harmless, StepError, StepFailed, StepTimeout

__all__ = [
    "CallFailure",
    "FailureKind",
    "ModelError",
    "answer_headers",
    "failure_of",
    "is_among",
]

FailureKind = Literal[
    "connection",
    "timeout",
    "status",
    "invalid_output",
    "refusal",
    "context_length",
    "budget",
    "failed",
    "error",
]

LONGEST_RETRY_AFTER = 120.0
"""Seconds up to which a server's `Retry-After` is honoured, as providers' SDKs do."""

TIMEOUT_CLASSES = frozenset(
    {
        "APITimeoutError",
        "ConnectTimeoutError",
        "DeadlineExceeded",
        "ReadTimeoutError",
        "Timeout",
        "TimeoutException",
    }
)
"""What HTTP libraries and providers' SDKs call their timeouts."""

CONNECTION_CLASSES = frozenset(
    {
        "APIConnectionError",
        "ClientConnectionError",
        "ConnectionError",
        "NetworkError",
        "ProxyError",
        "RemoteProtocolError",
        "gaierror",
    }
)
"""What they call the errors of a connection that fails or breaks."""


class ModelError(Foreseen):
    """A call that brought no answer.

    `status` is the HTTP status of kind `status`. `retry_after` is the seconds that
    the server asks to wait, `should_retry` its own word on a retry. An `is_final`
    failure came after tokens or tools were used, and is not retried. `back_in_line`
    is one that its connection's rate limit queues again. One whose request
    `was_sent` may cost something.
    """

    back_in_line = False

    def __init__(
        self,
        message: str,
        kind: FailureKind = "error",
        *,
        status: int | None = None,
        retry_after: float | None = None,
        should_retry: bool | None = None,
        is_final: bool = False,
        was_sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.status = status
        self.retry_after = retry_after
        self.should_retry = should_retry
        self.is_final = is_final
        self.was_sent = was_sent


class CallFailure(NamedTuple):
    """What is known of a failure, whatever raised it."""

    kind: FailureKind
    status: int | None = None
    retry_after: float | None = None
    should_retry: bool | None = None
    is_final: bool = False
    back_in_line: bool = False


UNKNOWN = CallFailure("error")


def failure_of(error: BaseException) -> CallFailure:
    """Return the kind of any error: ours, an HTTP library's, a provider's SDK's.

    That of a called chain is the kind of what ended it, that of several errors theirs
    where they are of one.
    """
    while isinstance(error, StepError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, ExceptionGroup):
        inner = cast("tuple[Exception, ...]", cast("Any", error).exceptions)
        first, *others = map(failure_of, inner)
        return first if all(one[:2] == first[:2] for one in others) else UNKNOWN
    if isinstance(error, ModelError):
        return CallFailure(
            error.kind,
            error.status,
            error.retry_after,
            error.should_retry,
            error.is_final,
            error.back_in_line,
        )
    if isinstance(error, StepTimeout):
        return CallFailure("timeout", is_final=error.is_final)
    if isinstance(error, StepFailed):
        return CallFailure("failed")
    if isinstance(error, TimeoutError):
        return CallFailure("timeout")
    if isinstance(error, ConnectionError):
        return CallFailure("connection")
    return foreign_failure(error)


def foreign_failure(error: BaseException) -> CallFailure:
    """Return the kind of an error of a library that this module need not have."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & TIMEOUT_CLASSES:
        return CallFailure("timeout")
    if names & CONNECTION_CLASSES:
        return CallFailure("connection")
    response = attribute_of(error, "response")
    for owner, name in (
        (error, "status_code"),
        (response, "status_code"),
        (error, "code"),
        (error, "status"),
    ):
        status = attribute_of(owner, name)
        if isinstance(status, int) and 400 <= status <= 599:
            stated = answer_headers(error).get("x-should-retry")
            should_retry = {"true": True, "false": False}.get(str(stated).lower())
            return CallFailure("status", int(status), should_retry=should_retry)
    return CallFailure("error")


def attribute_of(owner: object, name: str) -> Any:
    """Return an attribute, `None` where there is none or it cannot be read."""
    with Harmless():
        return getattr(owner, name, None)
    return None


def answer_headers(error: BaseException) -> Mapping[str, str]:
    """Return the headers of the answer that an error of a library or an SDK is about."""
    headers = attribute_of(attribute_of(error, "response"), "headers")
    if isinstance(headers, Mapping):
        return cast("Mapping[str, str]", headers)
    return {}


def is_among(failure: CallFailure, kinds: Sequence[str | int]) -> bool:
    """Say whether a failure is one of `kinds`: words, statuses, or `4xx` and `5xx`."""
    if failure.kind != "status" or failure.status is None:
        return failure.kind in kinds
    return failure.status in kinds or f"{failure.status // 100}xx" in kinds
