"""The texts of a test as functions: the tests and the scores that rows make."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from n3gen.compiler import row_functions
from n3gen.project.in_memory import module_in_memory
from n3gen.project.outcomes import Fault, plain, shown_data
from n3gen.project.rows import Row
from n3gen.semantics.row_reads import is_score, row_text
from n3gen.source import Loc
from n3gen.spec.reader import Reader
from n3gen.spec.test_nodes import Test
from n3gen.spec.tests import read_test
from n3gen.spec.texts import Text
from n3gen.syntax.document import Document

__all__ = ["RowTexts", "Unfilled", "compiled_texts"]

_MODULE: Final = "n3gen_tested_texts"

_PARAMETERS: Final = ("row", "result", "run")

_SIGNS: Final = ("{{", "{%", "{#")


_FAILED: Final = object()
"""What a text gives that fails."""


class Unfilled(Exception):
    """A test or a score that a row cannot give; `faults` say why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class RowTexts:
    """The texts of a test as functions of a row; those of scores also of its run."""

    test: Test
    document: Document
    texts: Mapping[Loc, Callable[..., Any]]
    scores: Mapping[str, Callable[..., Any]]
    reads_run: bool

    def test_of(self, row: Row) -> Test:
        """The test that a row makes; raises `Unfilled`."""
        parts = {"chain": self.test.chain, **copy.deepcopy(self.test.template)}
        if self.test.parallel is not None:
            parts["parallel"] = self.test.parallel
        faults: list[Fault] = []
        for keys, text in self.texts.items():
            value = self._called(keys, faults, text, row.data, None, None)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if keys[0] == "env" and is_number:
                value = str(value)
            _put(parts, keys, value)
        if faults:
            raise Unfilled(faults)
        return self._read(parts)

    def _read(self, parts: Mapping[str, Any]) -> Test:
        """The test of filled in parts, read as any other is."""
        reader, loc = Reader(self.document), self.test.place.loc
        found = read_test(reader, loc, self.test.name, parts)
        if reader.found or found is None:
            raise Unfilled(
                [Fault(one.message, loc, place=one.label) for one in reader.found]
            )
        return found

    def scores_of(self, row: Row, record: Mapping[str, Any]) -> dict[str, float]:
        """The scores of the run of a row; raises `Unfilled`."""
        if not self.scores:
            return {}
        result = plain(record["result"])
        run = plain(record) if self.reads_run else None
        faults: list[Fault] = []
        found: dict[str, float] = {}
        for name, score in self.scores.items():
            keys = ("score", name)
            value = self._called(keys, faults, score, row.data, result, run)
            if isinstance(value, int | float) and math.isfinite(value):
                found[name] = float(value)
            elif value is not _FAILED:
                shown = shown_data(plain(value))
                message = f"score `{name}` is {shown}, and has to be a number or true or false"
                faults.append(self._fault(message, keys, f"is {shown[:40]}"))
        if faults:
            raise Unfilled(faults)
        return found

    def _called(
        self,
        keys: Loc,
        faults: list[Fault],
        text: Callable[..., Any],
        *arguments: object,
    ) -> Any:
        """What a text gives; where it fails, a fault and `_FAILED`."""
        try:
            return text(*arguments)
        except Exception as error:
            kind = type(error).__name__
            words, label = f"{kind}: {error}", "cannot be read"
            if kind == "MissingValue":
                words, label = str(error), "`| default(...)` is for what may be missing"
            # What a row lacks is reported where it is read first.
            if all(fault.message != words for fault in faults):
                faults.append(self._fault(words, keys, label))
            return _FAILED

    def _fault(self, message: str, keys: Loc, label: str) -> Fault:
        return Fault(message, (*self.test.place.loc, *keys), label)


@contextmanager
def compiled_texts(test: Test, document: Document) -> Iterator[RowTexts]:
    """Compile the texts of a test, for as long as the block lasts."""
    texts = [text for text in test.texts() if is_score(text) or _is_template(text)]
    read = [row_text(text) for text in texts]
    body = row_functions(read, _PARAMETERS)
    with module_in_memory(body, document.source.path, _MODULE) as module:
        functions = dict(zip(texts, _functions(module, len(texts)), strict=True))
        scores = [text for text in texts if is_score(text)]
        yield RowTexts(
            test,
            document,
            {t.keys: functions[t] for t in texts if not is_score(t)},
            {str(t.keys[1]): functions[t] for t in scores},
            any(one.name == "run" for text in read for one in text.references),
        )


def _functions(module: ModuleType, count: int) -> Iterator[Callable[..., Any]]:
    for index in range(count):
        yield vars(module)[f"text_{index}"]


def _is_template(text: Text) -> bool:
    return any(sign in text.text for sign in _SIGNS)


def _put(data: Any, keys: Loc, value: Any) -> None:
    """Put a value in the place of the one at the end of `keys`."""
    *way, last = keys
    for key in way:
        data = data[key]
    data[last] = value
