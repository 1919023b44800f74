"""An endpoint of the user's own: how it is asked, and where its answer is."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.emit.code import constant, keyword, name, parameter
from n3gen.emit.provider import Endpoints, Provider
from n3gen.emit.scope import ANY
from n3gen.emit.texts import doc
from n3gen.expressions import Code, Name, data_to_python, parse_expression, to_python
from n3gen.names import python_name
from n3gen.spec.providers.http import HttpConnection

__all__ = ["Http"]

_ASKED = ("prompt", "system", "model", "messages", "options")


class Http(Provider):
    protocol = "http"
    model = "HttpModel"
    tool_model = "HttpModel"

    @classmethod
    def own_parts(
        cls, connection: HttpConnection, endpoints: Endpoints
    ) -> Iterator[Code]:
        if connection.method != "POST":
            yield keyword("method", constant(connection.method))
        if connection.path is not None:
            yield keyword("path", constant(connection.path))
        stem, shown = f"_{python_name(connection.name)}", doc(connection.name)
        if connection.has_body:
            names = {field: Name(f"asked.{field}") for field in _ASKED}
            body = data_to_python(connection.body, names)
            what = f"What connection `{shown}` is sent."
            asked = parameter("asked", name("HttpPrompt", "HttpPrompt"))
            yield keyword("body", endpoints.function(f"{stem}_body", asked, what, body))
        if connection.answer is not None:
            read = parse_expression(connection.answer)
            answer = to_python(read, {"body": Name("body")})
            what = f"The answer in what connection `{shown}` sends back."
            body = parameter("body", ANY)
            function = endpoints.function(f"{stem}_answer", body, what, answer)
            yield keyword("answer", function)
