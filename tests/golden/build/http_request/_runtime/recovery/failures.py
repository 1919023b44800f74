"""The kinds of failure of calls."""

from __future__ import annotations

from typing import Literal

from ..run.records import Foreseen

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


class ModelError(Foreseen):
    """A call that brought no answer.

    `status` is the HTTP status of kind `status`. `retry_after` is the seconds that
    the server asks to wait, `should_retry` its own word on a retry. An `is_final`
    failure came after tokens or tools were used, and is not retried. `back_in_line`
    is one that its connection's rate limit queues again. One whose request
    `was_sent` may cost something.
    """

    back_in_line = False
    was_sent = True

    def __init__(
        self,
        message: str,
        kind: FailureKind = "error",
        *,
        status: int | None = None,
        retry_after: float | None = None,
        should_retry: bool | None = None,
        is_final: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.status = status
        self.retry_after = retry_after
        self.should_retry = should_retry
        self.is_final = is_final
