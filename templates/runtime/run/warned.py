"""Errors that end no step, in the log."""

from __future__ import annotations

import logging
import traceback

from .process import process_state
from .records import Foreseen, describe_error
from .run import Step, chain_logger

__all__ = ["warn_of"]


def warn_of(
    step: Step, what: str, error: BaseException, *, is_of_code: bool = True
) -> None:
    """Log an error as a warning; one of the user's code with its traceback.

    An error may keep secrets anywhere: where there are any, its traceback is logged as
    text in which they are hidden, and the error is not.
    """
    logger = chain_logger(step.run.chain)
    message = f"Step '{step.path}' {what}: {describe_error(error)}"
    is_told = not is_of_code or isinstance(error, Foreseen) or not error.__traceback__
    # What shows the keys of rounds hides secrets in any text.
    hide = None if is_told else process_state().get("shown_key")
    if hide is None:
        logger.warning("%s", message, exc_info=None if is_told else error)
    elif logger.isEnabledFor(logging.WARNING):
        file, line, *_ = logger.findCaller()
        record = logger.makeRecord(
            logger.name, logging.WARNING, file, line, "%s", (message,), None
        )
        record.exc_text = hide("".join(traceback.format_exception(error)).rstrip())
        logger.handle(record)
