"""How answers of models end, and which of them are none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from ..http.server_words import reported_error
from ..models.models import ModelAnswer
from ..recovery.failures import FailureKind, ModelError
from ..run.inputs import is_dict, is_list
from .json_parts import text_in
from .wanted_calls import ANSWER_TOOL

__all__ = ["Ending", "ended_answer", "raise_reported_error"]

Ending = Literal["whole", "cut", "window", "refused", "slip"]
"""`window` is cut by the end of the context, a `slip` a failure of the model itself."""


def ended_answer(
    name: str,
    answer: ModelAnswer,
    reason: str,
    endings: Mapping[str, Ending],
    refusal: str = "",
) -> ModelAnswer:
    """Return an answer that ended for `reason`, one of its provider's `endings`.

    `refusal` are the provider's words where it refused. Raises `ModelError` for one
    that was refused, failed or has nothing in it; an unknown reason is a failure, as
    nothing says that the answer is whole.
    """
    ending = endings.get(reason)
    if ending == "refused":
        raise ModelError(f"`{name}` refused: {refusal or reason}", "refusal")
    if ending == "slip":
        raise ModelError(
            f"`{name}` failed while it answered: {reason}", "invalid_output"
        )
    if ending is None:
        raise ModelError(f"`{name}` did not finish its answer: {reason}")
    is_cut = ending in ("cut", "window")
    kind: FailureKind = "context_length" if ending == "window" else "error"
    why = " within its limit of tokens" if is_cut else ""
    if is_cut and answer.calls:
        # The arguments that are missing may be all of them.
        last, place = answer.calls[-1].name, "its answer"
        if last != ANSWER_TOOL:
            place = f"the call of `{last}`"
        elif ending == "cut":
            kind = "invalid_output"
        message = f"`{name}` came to its limit of tokens in the middle of {place}"
        raise ModelError(message, kind)
    if not answer.text and not answer.calls:
        raise ModelError(f"`{name}` answered without a text{why}", kind)
    return replace(answer, is_cut=is_cut)


def raise_reported_error(
    name: str, data: Any, event: str = "", *, answer: str = ""
) -> None:
    """Raise `ModelError` for an event or answer that is an error, whatever its status.

    Some servers put it in a list, and some have its fields beside `object` or `type`,
    in an event named `error`, or alone. One that has no `answer` is an error of some
    form that is not known.
    """
    first: Any = data[0] if is_list(data) and data else data
    found = first if is_dict(first) else dict[str, Any]()
    error: Any = found.get("error") or found.get("errors")
    words = text_in(found, "message" if "code" in found else "detail")
    marks = (event, found.get("object"), found.get("type"))
    if not error and (words or "error" in marks):
        error = found
    if error:
        raise reported_error(name, error[0] if is_list(error) else error)
    if not is_dict(data):
        shown = json.dumps(data)[:80]
        raise ModelError(f"`{name}` answered with no JSON object: {shown}")
    if answer and not isinstance(data.get(answer), dict | list):
        shown = json.dumps(data)[:300]
        raise ModelError(f"`{name}` answered without `{answer}`: {shown}")
