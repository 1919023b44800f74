"""The named limits of a spec, as constants of a module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from n3gen.emit.code import (
    call,
    constant,
    keyword,
    name,
    seconds,
    support_call,
    tuple_of,
)
from n3gen.emit.link import Names
from n3gen.emit.module_nodes import Constant
from n3gen.expressions import Code
from n3gen.names import python_name
from n3gen.spec.limits import LLM, Limit, LimitUse

__all__ = ["ModuleLimits"]

_RUN_LLM = name("run.llm")
_RUN_SLOTS = name("run.slots")


class ModuleLimits:
    """The named limits of one module, emitted when a step first needs one."""

    def __init__(self, limits: Sequence[Limit], names: Names) -> None:
        self.constants: list[Constant] = []
        self._limits = {limit.name: limit for limit in limits}
        self._names = names
        self._known: dict[str, str] = {}

    def permits(
        self,
        uses: Iterable[LimitUse],
        *,
        is_model_call: bool,
        takes_slot: bool,
        priority: float,
    ) -> Code | None:
        """The permits that work needs: `None` for none, the run's for a plain model call.

        With `takes_slot` one is of the slots of the run.
        """
        numbers = {LLM: 1} if is_model_call else {}
        for use in uses:
            before = 0 if use.name == LLM else numbers.get(use.name, 0)
            numbers[use.name] = before + use.number
        parts = [_RUN_SLOTS] if takes_slot else []
        parts += [self._part(limit, number) for limit, number in numbers.items()]
        if not parts:
            return None
        if parts in ([_RUN_LLM], [_RUN_SLOTS]) and not priority:
            return parts[0]
        parts += [keyword("priority", seconds(priority))] if priority else []
        return call("Permits.of", [name("run"), *parts], "Permits")

    def _part(self, limit: str, number: int) -> Code:
        counted = _RUN_LLM if limit == LLM else name(self._constant(limit))
        return counted if number == 1 else tuple_of((counted, constant(number)))

    def _constant(self, limit_name: str) -> str:
        """The constant of a limit, which stands behind that of the limit around it."""
        if limit_name not in self._known:
            limit = self._limits[limit_name]
            parts = [constant(limit.name), constant(limit.permits)]
            if limit.within is not None:
                parts.append(keyword("within", name(self._constant(limit.within))))
            found = self._names.own(f"{python_name(limit.name).upper()}_LIMIT")
            self._known[limit_name] = found
            self.constants.append(Constant(found, support_call("NamedLimit", *parts)))
        return self._known[limit_name]
