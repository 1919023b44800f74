"""The stub that answers on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.emit.code import constant, keyword
from n3gen.emit.policies import rate_limit_code
from n3gen.emit.provider import Endpoints, Provider
from n3gen.expressions import Code
from n3gen.spec.providers.local import LocalConnection

__all__ = ["Local"]


class Local(Provider):
    protocol = "local"
    known_as = "local"
    model = "LocalModel"
    tool_model = "LocalModel"
    vectors = "local_vectors"

    @classmethod
    def own_parts(
        cls, connection: LocalConnection, endpoints: Endpoints
    ) -> Iterator[Code]:
        yield keyword("latency", constant(connection.latency))
        if connection.answers:
            answers = tuple((a.contains, a.answer) for a in connection.answers)
            yield keyword("answers", constant(answers))
        if connection.rate_limit is not None:
            yield keyword("rate_limit", rate_limit_code(connection.rate_limit))
