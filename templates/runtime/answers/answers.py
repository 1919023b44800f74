"""The values of types that models answer with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from ..models.models import AnswerSchema
from ..providers.json_parts import with_whole_characters
from ..recovery.failures import ModelError
from ..run.inputs import is_dict
from .forms import AnswerForm, answer_form
from .found_json import answer_start, find_json
from .partials import PartialReader
from .quotes import is_quoted, quotable_parts
from .typed import Misfit, adapter, faults_of, read_checked

__all__ = ["Typed", "invalid_answer"]

MOST_CANDIDATES = 8
"""How many pieces of an answer are tried."""


class Typed:
    """The type of a model's answer, which is an object.

    It costs nothing to make: what is derived from the type is kept by type.
    """

    def __init__(self, type_: Any) -> None:
        self.type_ = type_

    @property
    def form(self) -> AnswerForm:
        """How values of the type are asked for and read."""
        return answer_form(self.type_)

    def accept(self, value: Any) -> Any:
        """The value of a callable as the type; raises `ModelError`."""
        try:
            return read_checked(value, self.type_)
        except (ValidationError, Misfit) as error:
            raise invalid_answer("; ".join(faults_of(error))) from None

    def schema(self) -> AnswerSchema:
        """The JSON schema of the answer, an object."""
        return self.form.schema

    def parse(self, text: str, asked: str = "", *, is_cut: bool = False) -> Any:
        """The value in an answer.

        Strict JSON is read at once, anything else leniently: out of code fences and
        prose, with the slips that `read_json_piece` accepts, or as text in JSON. Of several
        pieces of JSON the last that fits wins, as those before it are drafts; one that
        is quoted from `asked`, what the model was asked, wins over none, even with entries
        left out. Nothing is guessed: a cut answer is invalid unless its JSON is closed.

        Raises:
            ModelError: of kind `invalid_output`, with all that does not fit.
        """
        if not is_cut:
            return self.parse_nested(text, asked, 2)
        # A further digit may have followed a number, but nothing follows these.
        if text.rstrip().endswith(("}", "]", '"')):
            with suppress(ValidationError, Misfit):
                return self.form.read(text)
        raise invalid_answer("it was cut off at the limit of tokens")

    def parse_nested(self, answer: str, asked: str, levels: int) -> Any:
        """Parse an answer; JSON may be text in JSON, `levels` deep."""
        try:
            return self.form.read(answer)
        except (ValidationError, Misfit) as error:
            fault = error
        text = with_whole_characters(answer)
        start = answer_start(text)
        if start is None:
            raise invalid_answer("it ends in the middle of its thoughts")
        return self.parse_rest(text[start:], fault, asked, levels)

    def parse_rest(
        self, text: str, fault: ValidationError | Misfit, asked: str, levels: int
    ) -> Any:
        """The value in an answer that is not strict JSON of the type."""
        values, reason = [text], ""
        if not is_json_fault(fault):
            values, reason, ends_early = find_json(text)
            if ends_early:
                raise invalid_answer(reason)
        faults: list[str] = []
        last_first = values[: -MOST_CANDIDATES - 1 : -1]
        if len(last_first) > 1:
            parts = [*quotable_parts(asked)]
            last_first.sort(key=lambda v: v == "{}" or is_quoted(v, parts))
        for value in last_first:
            try:
                return self.read_value(value, asked, levels)
            except (ValidationError, Misfit) as error:
                faults = faults or faults_of(error)
        faults += [reason] if reason else []
        for word in self.words(text):
            try:
                return self.form.read(word)
            except (ValidationError, Misfit) as error:
                faults = faults or faults_of(error)
        raise invalid_answer(*(faults or ["there is no JSON in it"]))

    def read_value(self, value: str, asked: str, levels: int) -> Any:
        """The value in strict JSON, or in the text that this is or has as its `value`."""
        try:
            return self.form.read(value)
        except (ValidationError, Misfit):
            data = adapter(Any).validate_json(value) if levels else None
            inner = (
                data["value"] if is_dict(data) and data.keys() == {"value"} else data
            )
            if isinstance(inner, str):
                with suppress(ModelError):
                    return self.parse_nested(inner, asked, levels - 1)
            raise

    def words(self, text: str) -> Iterable[str]:
        """An answer that is not JSON, as JSON: no word is an object."""
        return ()

    def fault_prompt(self, error: ModelError) -> str:
        """The words with which a model is asked again after `parse` has raised."""
        fault = str(error)
        return f"{fault[:1].upper()}{fault[1:]}\nAnswer again with JSON only."

    def partials(self) -> Callable[[str], Any]:
        """What reads on in a streamed answer; `None` where nothing new is certain."""
        return PartialReader(self.form).feed


def is_json_fault(error: ValidationError | Misfit) -> bool:
    """Whether what does not fit is JSON at all."""
    if isinstance(error, Misfit) or error.error_count() > 1:
        return True
    return error.errors()[0]["type"] not in ("json_invalid", "string_unicode")


def invalid_answer(*faults: str) -> ModelError:
    """The error for an answer that is not of its type."""
    listed = "".join(f"\n- {fault}" for fault in faults)
    return ModelError(f"the answer does not fit:{listed}", "invalid_output")
