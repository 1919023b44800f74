"""`api: http`: an endpoint of the user's own, of any shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from n3gen.source import Loc
from n3gen.spec.connection_nodes import Connection
from n3gen.spec.key_shapes import METHODS, Choice, Expression
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.key_shapes import Text as AnyText
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data
from n3gen.spec.reader import Reader
from n3gen.spec.step_reader import read_method
from n3gen.spec.texts import Text, data_texts, expression

__all__ = ["HttpConnection"]

_NEEDED: Final = (
    ("base_url", "add `base_url:`, the address of the server"),
    ("answer", "add `answer:`, an expression over `body`, the response"),
)
"""What an endpoint of the user's own must say, and how it is said."""


class HttpConnection(Connection):
    """A connection to an endpoint of any shape.

    `body` is data whose templates read `prompt`, `system`, `model`, `options` and
    `messages`, and `answer` an expression over the `body` that comes back.
    """

    api = "http"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("method", Choice(*METHODS), "the method of the requests", "POST"),
        Key("path", AnyText(), "what follows the `base_url`"),
        Key(
            "body",
            AnyData(),
            "the body of the requests: its templates read `prompt`, `system`, "
            "`model`, `messages` and `options`",
        ),
        Key(
            "answer",
            Expression(),
            "where the answer is: an expression over `body`, the parsed response",
        ),
    )
    WAYS = ("prompt",)
    CANNOT = ("tools", "embed", "files")
    needs_model = False
    streams = False

    method: str = "POST"
    path: str | None = None
    body: Data = None
    has_body: bool = False
    answer: str | None = None

    @classmethod
    def read_own(
        cls, reader: Reader, loc: Loc, values: dict[str, Any], what: str
    ) -> None:
        for key, way_out in _NEEDED:
            if key not in values:
                reader.missing(loc, key, what, way_out)
        if "answer" in values:
            values["answer"] = reader.condition(loc, values, "answer", what)
        read_method(reader, loc, values)
        reader.data(loc, values, "body")
        values["has_body"] = "body" in values

    def texts(self) -> Iterator[Text]:
        """Yield what is sent, and where the answer is in what comes back."""
        yield from data_texts(self.body, "body")
        if self.answer is not None:
            yield expression(self.answer, "answer")
