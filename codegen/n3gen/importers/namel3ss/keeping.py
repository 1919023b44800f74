"""Where the values of a flow are kept: steps, and states where there is more than one."""

from __future__ import annotations

from typing import Any

from n3gen.importers.literals import quoted
from n3gen.importers.model import Became
from n3gen.importers.namel3ss.calls import Calls
from n3gen.importers.namel3ss.faults import Unmapped
from n3gen.importers.namel3ss.tree import Expr, Statement
from n3gen.importers.namel3ss.variables import bound_by

__all__ = ["Keeping"]


class Keeping(Calls):
    """A flow in the making of its chain, with its values."""

    def _note(self, one: Statement, what: str) -> None:
        line = self.flow.source.line_at(one.at)
        words = {"put": "set", "other": str(one.value).partition(" ")[0]}
        kind = words.get(one.kind, one.kind)
        name = bound_by(one) or (
            ".".join(("state", *one.path)) if one.kind == "put" else "-"
        )
        self.became.append(Became(f"{self.chain}.{name}", kind, line, what))

    def _keep(self, name: str, data: Any, own: tuple[str, str]) -> None:
        """Put a value into a mapping that is a state, by a step of its own where it reads it."""
        cell, key = own
        self.locals() if cell == self.cell else self.session()
        if f"state.{cell}" in repr(data):
            step = self.free(f"new_{name}")
            self.out.append({"name": step, "value": data})
            data = f"{{{{ {step} }}}}"
        self.out.append(
            {"name": self.free(f"set_{name}"), "state": cell, "merge": {key: data}}
        )

    def _map_order(self, one: Statement) -> None:
        field, down = one.value
        target = (
            Expr("state", one.at, None, (), one.path)
            if one.path
            else Expr("name", one.at, one.name)
        )
        text = f"{self.text(target)} | sort(attribute={quoted(field)}, reverse={quoted(down)})"
        self.ordered = target
        self._replace(one, target, f"{{{{ {text} }}}}")

    def _map_keep(self, one: Statement) -> None:
        if self.ordered is None:
            raise Unmapped(
                "`keep first` without an `order` before it is an error", one.at
            )
        text = f"{self.text(self.ordered)}[:{self.text(one.exprs[0])}]"
        self._replace(one, self.ordered, f"{{{{ {text} }}}}")

    def _replace(self, one: Statement, target: Expr, data: str) -> None:
        if target.kind == "state":
            if len(target.keys) > 1:
                raise Unmapped(
                    "a list deep inside of `state` is not put in order", one.at
                )
            session = self.session().removeprefix("state.")
            self._keep(target.keys[0], data, (session, target.keys[0]))
        elif str(target.value) in self.changing:
            self._keep(str(target.value), data, (self.cell, str(target.value)))
        else:
            step = self.free(str(target.value))
            self.out.append({"name": step, "value": data})
            self.names[str(target.value)] = step
        self._note(one, "value")
