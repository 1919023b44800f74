"""`kind: http`: one HTTP request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from n3gen.spec.entries import TRIES, Step
from n3gen.spec.key_shapes import METHODS, Choice, Mapping, Template
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.values import shown

__all__ = ["HttpStep"]


class HttpStep(Step):
    """A request; headers, query and the JSON body are data whose texts are templates."""

    kind = "http"
    also = ("api", "request", "rest", "webhook")
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("method", Choice(*METHODS), "the method of the request", "GET"),
        Key(
            "url",
            Template(),
            "the address",
            needed=True,
            also=("uri", "endpoint", "address"),
        ),
        Key("headers", Mapping(), "headers of the request"),
        Key(
            "json",
            AnyData(),
            "the body, sent as JSON; none sends no body",
            also=("body",),
        ),
        Key("query", Mapping(), "parameters of the address", also=("params",)),
        *TRIES,
    )
    signature = ("url",)
    makes_requests = True

    method: str = "GET"
    url: str | None = None
    headers: dict[str, Data] = Field(default_factory=dict)
    query: dict[str, Data] = Field(default_factory=dict)
    json_: Data = None

    @property
    def about(self) -> str:
        return f"{self.kind} {self.method} {shown(self.url)}"

    def own_texts(self) -> Iterator[Text]:
        yield from data_texts(self.url, "url")
        yield from data_texts(self.headers, "headers")
        yield from data_texts(self.query, "query")
        yield from data_texts(self.json_, "json")
