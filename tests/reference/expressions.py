"""Expressions and templates, by Jinja itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from tests.reference.bodies import known
from tests.reference.failures import described
from tests.reference.model import Failed, Scope
from tests.reference.sources import Stream

__all__ = ["Asking"]

ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined)
ENVIRONMENT.globals["stream"] = Stream

compiled = lru_cache(5000)(
    partial(ENVIRONMENT.compile_expression, undefined_to_none=False)
)
template_of = lru_cache(5000)(ENVIRONMENT.from_string)


class Asking:
    """Evaluates the expressions of chains."""

    def ask(self, text: str, scope: Scope, key: str, owner: str = "") -> Any:
        """Return the value of an expression."""
        text = text.replace(".winner", "_winner")
        return self.told(lambda: compiled(text)(known(scope)), scope, key, owner)

    def told(self, asked: Callable[[], Any], scope: Scope, key: str, owner: str) -> Any:
        """Return what is `asked` for; an error names who has asked, and for which key."""
        try:
            return asked()
        except Exception as error:
            raise Failed(
                f"{owner or scope.owner} failed in `{key}`", described(error)
            ) from None

    def value(self, data: Any, scope: Scope, key: str, owner: str = "") -> Any:
        """Return data with its templates rendered; one that is an expression keeps its type."""
        if isinstance(data, dict):
            return {k: self.value(v, scope, key, owner) for k, v in data.items()}
        if isinstance(data, list):
            return [self.value(item, scope, key, owner) for item in data]
        if isinstance(data, str) and (found := re.fullmatch(r"\{\{([^}]*)\}\}", data)):
            return self.ask(found[1].strip(), scope, key, owner)
        if not isinstance(data, str):
            return data
        return self.told(
            lambda: template_of(data).render(known(scope)), scope, key, owner
        )
