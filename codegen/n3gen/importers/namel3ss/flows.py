"""A flow of namel3ss as a chain."""

from __future__ import annotations

from typing import Any, Final

from n3gen.importers.literals import literal, quoted
from n3gen.importers.namel3ss.faults import Unmapped
from n3gen.importers.namel3ss.keeping import Keeping
from n3gen.importers.namel3ss.translate import field_text
from n3gen.importers.namel3ss.tree import Expr, Statement
from n3gen.importers.namel3ss.variables import bound_by, ends, leaving

__all__ = ["FlowMapper"]

Data = dict[str, Any]
Body = tuple[Statement, ...]
_BARE: Final = ("break", "continue")


class FlowMapper(Keeping):
    """The entries of a flow, in the order of its statements."""

    def entries(self) -> tuple[list[Data], Any]:
        """The entries of the chain, and its result, `None` where a `stop` gives it."""
        self._requires()
        body, result = self.flow.body, None
        *rest, last = body or (None,)
        if last is not None and last.kind == "return" and not any(map(ends, rest)):
            self._body(tuple(rest))
            try:
                result = self.data(last.exprs[0])
                self._note(last, "result")
            except Unmapped as stop:
                self._lost(last, stop)
        else:
            self._body(body)
        return self.out, result

    def _requires(self) -> None:
        condition = self.flow.fields.get("requires")
        if condition is None or (
            condition.kind == "literal" and condition.value is True
        ):
            return
        name = self.free("requires")
        try:
            text = f"not {self.text(condition)}"
        except Unmapped as stop:
            self.scope.lost(stop.why, self.flow.source, stop.start)
            self.remarks[name] = ["What this flow requires is not imported."]
            self.out.append({"name": name, "emit": {"not_imported": "requires"}})
            return
        words = f"flow {self.flow.name} is not permitted"
        self.out.append({"name": name, "fail": words, "when": text})

    def _body(self, body: Body) -> None:
        for index, one in enumerate(body):
            before = len(self.out)
            try:
                getattr(self, f"_map_{one.kind}")(one)
            except Unmapped as stop:
                del self.out[before:]
                self._lost(one, stop)
            if ends(one) and body[index + 1 :]:
                what = f"nothing behind this `{one.kind}` is ever run"
                self.scope.changed(what, self.flow.source, body[index + 1].at)
                break

    def _inner(self, body: Body, names: dict[str, str] | None = None) -> list[Data]:
        """The entries of a body inside, whose variables end with it."""
        kept, out = self.names, self.out
        self.names, self.out = {**kept, **(names or {})}, []
        try:
            self._body(body)
            if not self.out:
                self.out.append(
                    {"name": self.free("nothing"), "emit": {"nothing": "to do"}}
                )
            return self.out
        finally:
            self.names, self.out = kept, out

    def _lost(self, one: Statement, stop: Unmapped) -> None:
        """Leave a statement as a comment, above what replaces it."""
        name = self.free(bound_by(one) or one.kind)
        end = self.flow.source.text.find("\n", one.at)
        lines = self.flow.source.text[one.at : max(one.end, end)].splitlines()
        way_out = None
        if bound_by(one):
            way_out = (
                f"give the run a function as `{name}`: connectors={{'{name}': ...}}"
            )
            self.give(
                one,
                {"name": name, "kind": "connector", "target": name},
                "what it gives",
            )
            self._note(one, f"given `{name}`")
        else:
            words = lines[0].strip() if lines else one.kind
            self.out.append({"name": name, "emit": {"not_imported": literal(words)}})
            self._note(one, "not imported")
        self.remarks[name] = [
            f"Not imported: {stop.why}.",
            *(f"    {x.strip()}" for x in lines[:20]),
        ]
        self.scope.lost(stop.why, self.flow.source, stop.start, way_out)

    def _map_let(self, one: Statement) -> None:
        name, expr = one.name, one.exprs[0]
        if self.call(one, expr):
            return
        is_unread = one.at in self.unread and name not in self.changing
        if is_unread and not self.in_try:
            what = f"nothing reads `{name}`, so it is not computed"
            self.scope.changed(what, self.flow.source, one.at)
            self.left_out.add(one.at)
            self._note(one, "left out: nothing reads it")
            return
        data = self.data(expr)
        what = "value"
        if is_unread:
            what = "emit"  # nothing reads it, but the `try` around it may wait for its error
            self.out.append({"name": self.free(name), "emit": {name: data}})
        elif name in self.changing:
            self._keep(name, data, (self.cell, name))
            what = "state"
        else:
            step = self.free(name)
            if self.is_answer(expr, str(data)[3:-3]):
                self.answers.add(step)
            self.out.append({"name": step, "value": data})
            self.names[name] = step
            if (kind := self._kind(expr)) is not None:
                self.constants[step] = kind
        self._note(one, what)

    _map_set = _map_let

    def _map_put(self, one: Statement) -> None:
        expr, (root, *rest) = one.exprs[0], one.path
        if expr.kind in ("tool", "flow", "function", "pipeline", "latest"):
            name = self.free(one.path[-1])
            self.call(Statement("let", one.at, one.end, name, (), one.exprs), expr)
            expr = Expr("name", one.at, name)
        session = self.session().removeprefix("state.")
        data = self.data(expr)
        if rest:
            inner = self.text(expr)
            data = f"{{{{ {_nested(field_text(f'state.{session}', (root,)), rest, inner)} }}}}"
        self._keep(one.path[-1], data, (session, root))
        self._note(one, "state")

    def _map_if(self, one: Statement) -> None:
        entry: Data = {"if": self.bare(one.exprs[0])}
        self._note(one, "if")
        entry["then"] = self._inner(one.bodies[0])
        if len(one.bodies) > 1:
            entry["else"] = self._inner(one.bodies[1])
        self.out.append(entry)

    def _map_match(self, one: Statement) -> None:
        subject, *patterns = one.exprs
        plain = all(
            p.kind == "literal" and isinstance(p.value, str | int) for p in patterns
        )
        self._note(one, "match" if plain else "if")
        text = self.bare(subject)
        texts = [self.text(p) for p in patterns]
        bodies = [self._inner(body) for body in one.bodies]
        other = bodies[len(patterns) :]
        if not patterns:
            entry: Data = {"do": other[0], "name": self.free("otherwise")}
        elif plain:
            cases = [
                {"case": [p.value], "steps": body}
                for p, body in zip(patterns, bodies, strict=False)
            ]
            entry = {"match": text, "cases": cases}
            nothing = {"name": self.free("no_case"), "emit": {"nothing": "to do"}}
            entry["else"] = other[0] if other else [nothing]
        else:
            first, *more = zip(texts, bodies, strict=False)
            entry = {"if": f"{text} == {first[0]}", "then": first[1]}
            if more:
                entry["elif"] = [
                    {"if": f"{text} == {t}", "then": body} for t, body in more
                ]
            if other:
                entry["else"] = other[0]
        self.out.append(entry)

    def _map_return(self, one: Statement) -> None:
        if self.in_task:
            name = self.free("returned")
            self.out.append({"name": name, "value": self.data(one.exprs[0])})
        else:
            expr = one.exprs[0]
            if expr.kind in ("tool", "flow", "function", "pipeline"):
                name = self.free("answer")
                self.call(Statement("let", one.at, one.end, name, (), one.exprs), expr)
                expr = Expr("name", one.at, name)
            self.out.append({"name": self.free("answer"), "stop": self.data(expr)})
        self._note(one, "value" if self.in_task else "stop")

    def _map_emit(self, one: Statement) -> None:
        data: Data = {str(one.value): self.data(one.exprs[0])}
        if one.exprs[1:]:
            data["fields"] = self.data(one.exprs[1])
        self.out.append({"name": self.free(str(one.value)), "emit": data})
        self._note(one, "emit")

    def _map_for(self, one: Statement) -> None:
        items = self.bare(one.exprs[0])
        self._note(one, "for")
        item = self.free(one.name)
        steps, names = list[Data](), {one.name: item}
        if one.name in self.changing:
            out, self.out = self.out, steps
            self._keep(one.name, f"{{{{ {item} }}}}", (self.cell, one.name))
            self.out, names = out, {}
        steps += self._inner(one.bodies[0], names)
        self.out.append(
            {
                "for": item,
                "in": items,
                "name": self.free(f"each_{one.name}"),
                "steps": steps,
            }
        )

    def _map_repeat(self, one: Statement) -> None:
        self._note(one, "for")
        items = f"range({self.bare(one.exprs[0])})"
        name, item = self.free("repeated"), self.free("round")
        steps = self._inner(one.bodies[0])
        self.out.append({"for": item, "in": items, "name": name, "steps": steps})

    def _map_while(self, one: Statement) -> None:
        before = len(self.out)
        condition = self.bare(one.exprs[0])
        if len(self.out) > before:
            raise Unmapped("a condition of a loop cannot make lists", one.at)
        self._note(one, "while")
        name = self.free("repeated")
        entry = {
            "while": condition,
            "name": name,
            "max": one.value,
            "steps": self._inner(one.bodies[0]),
        }
        words = f"the loop of flow {self.flow.name} has run {one.value} times"
        failing = {
            "name": self.free("too_often"),
            "fail": words,
            "when": f"{name}.exhausted",
        }
        self.out += [entry, failing]

    def _map_try(self, one: Statement) -> None:
        self._note(one, "on_error")
        self.in_try += 1
        steps = self._inner(one.bodies[0])
        self.in_try -= 1
        error = self.free(one.name or "error")
        names = {one.name: error} if one.name else {}
        clause = {
            "on_error": ["any"],
            "as": error,
            "steps": self._inner(one.bodies[1], names),
        }
        self.out.append({"do": [*steps, clause], "name": self.free("attempt")})

    def _map_parallel(self, one: Statement) -> None:
        self._note(one, "parallel")
        members: list[Data] = []
        self.in_task += 1
        for name, body in zip(one.path, one.bodies, strict=True):
            if (found := leaving(body)) is not None:
                what = "a `return` in a block of a task does not end the task"
                self.scope.lost(what, self.flow.source, found.at)
            members.append({"do": self._inner(body), "name": self.free(name)})
        self.in_task -= 1
        self.out.append({"parallel": members, "name": self.free("parallel_tasks")})

    def _map_enqueue(self, one: Statement) -> None:
        job, when = one.value
        chain = self.scope.chains.get(f"job {job}")
        if when or chain is None:
            why = (
                "jobs at a later time are for a scheduler"
                if when
                else f"there is no job `{job}`"
            )
            raise Unmapped(why, one.at)
        step: Data = {
            "name": self.free(job),
            "kind": "chain",
            "target": chain,
            "background": True,
        }
        if one.exprs:
            step["payload"] = self.data(one.exprs[0])
        self.out.append(step)
        self.mocks[step["name"]] = "done"
        self._note(one, "chain, in the background")

    def _map_other(self, one: Statement) -> None:
        raise Unmapped(f"no step says `{one.value}`", one.at)


def _nested(text: str, path: list[str], value: str) -> str:
    """A mapping with one entry deep in it changed."""
    key, *rest = path
    subject = f"({text} | default({{}}))"
    if rest:
        value = _nested(field_text(text, (key,)), rest, value)
    return f"({subject} | combine({{{quoted(key)}: {value}}}))"
