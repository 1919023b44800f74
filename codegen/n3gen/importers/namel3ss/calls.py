"""What a flow calls: models, tools, records, and other flows."""

from __future__ import annotations

from typing import Any, Final

from n3gen.importers.literals import literal
from n3gen.importers.model import Became
from n3gen.importers.namel3ss.faults import Unmapped
from n3gen.importers.namel3ss.scope import Scope
from n3gen.importers.namel3ss.translate import Translator
from n3gen.importers.namel3ss.tree import Declared, Expr, Statement
from n3gen.importers.namel3ss.variables import bound_by, changing, unread
from n3gen.importers.naming import free_name

__all__ = ["Calls"]

Data = dict[str, Any]
_SAMPLES: Final = {
    "text": "a text",
    "number": 1,
    "boolean": True,
    "list": [],
    "map": {},
}


def passed(values: Data) -> Data:
    """The arguments of a given function; options where some are no names."""
    if not values:
        return {}
    return {"with" if all(map(str.isidentifier, values)) else "options": values}


class Calls(Translator):
    """A flow in the making of its chain."""

    def __init__(self, scope: Scope, flow: Declared, chain: str) -> None:
        super().__init__(self.free_step, scope.session)
        self.scope = scope
        self.flow = flow
        self.chain = chain
        self.cell = f"{chain}_variables"
        self.taken: set[str] = {*scope.chains.values()}
        self.unread = unread(flow.body)
        """Where the assignments stand whose value nothing reads."""
        self.changing = changing(flow.body)
        self.names = {name: f"state.{self.cell}.{name}" for name in self.changing}
        if self.flow.kind == "function":
            inputs = self.flow.fields.get("input", {})
            self.names |= {name: f"payload.{name}" for name in inputs}
        self.became: list[Became] = []
        self.remarks: dict[str, list[str]] = {}
        self.mocks: dict[str, Any] = {}
        self.given_at: dict[int, Any] = {}
        """The values that mocks give, by where their statements stand."""
        self.left_out: set[int] = set()
        """Where the statements stand that nothing reads."""
        self.ordered: Expr | None = None
        self.in_task = 0

    def free_step(self, text: str) -> str:
        """A name for a step that no other one of the chain has."""
        name = free_name(text, self.taken)
        self.taken.add(name)
        return name

    def locals(self) -> None:
        """Define the state of the variables of the flow."""
        block = {"type": "dict[str, any]", "default": {}}
        self.scope.draft.define("states", self.cell, block)

    def give(self, one: Statement, step: Data, mock: Any) -> None:
        """Add a step that gives the variable of a statement its value."""
        self.out.append(step)
        self.mocks[step["name"]] = mock
        self.given_at[one.at] = mock
        name = bound_by(one)
        if name in self.changing:
            self.locals()
            merge = {name: f"{{{{ {step['name']} }}}}"}
            self.out.append(
                {"name": self.free(f"set_{name}"), "state": self.cell, "merge": merge}
            )
        elif name:
            self.names[name] = step["name"]

    def call(self, one: Statement, expr: Expr) -> bool:
        """Add what an assignment calls; false where it is no call."""
        make = {
            "tool": self._tool,
            "flow": self._chain,
            "function": self._chain,
            "pipeline": self._pipeline,
            "latest": self._latest,
        }.get(expr.kind)
        if make is None:
            return False
        make(one, expr)
        return True

    def _values(self, expr: Expr) -> Data:
        pairs = zip(expr.keys, expr.parts, strict=True)
        return {key: self.data(value) for key, value in pairs}

    def _said(self, one: Statement, kind: str, what: str) -> None:
        line = self.flow.source.line_at(one.at)
        self.became.append(
            Became(f"{self.chain}.{bound_by(one) or '-'}", kind, line, what)
        )

    def _tool(self, one: Statement, expr: Expr) -> None:
        name, values = str(expr.value), self._values(expr)
        tool = self.scope.resolved("tool", name, self.flow)
        step = self.free(one.name or name)
        outputs = tool.fields.get("output", {}) if tool is not None else {}
        mock: Any = {
            key: _SAMPLES.get(str(kind), {}) for key, (kind, _) in outputs.items()
        }
        found = self.scope.target(tool) if tool is not None else None
        if found is not None:
            target, argument = found
            entry: Data = {
                "name": step,
                "kind": "python",
                "target": target,
                "with": {argument: values},
            }
            self._said(one, "tool", f"python {target}")
        else:
            target = free_name(name, ())
            entry = {"name": step, "kind": "connector", "target": target}
            entry |= passed(values)
            way_out = (
                f"give the run a function as `{target}`: connectors={{'{target}': ...}}"
            )
            why = f"tool `{name}` has no function that a binding names"
            if tool is not None and tool.fields.get("using") not in (None, "python"):
                why = f"tool `{name}` is one of namel3ss's own, using {tool.fields['using']}"
            self.remarks[step] = [f"{why}: {way_out}"]
            self.scope.lost(why, self.flow.source, one.at, way_out)
            self._said(one, "tool", f"given `{target}`")
        self.give(one, entry, mock)

    def _chain(self, one: Statement, expr: Expr) -> None:
        name = expr.value[0] if expr.kind == "flow" else str(expr.value)
        found = self.scope.resolved(expr.kind, name, self.flow)
        chain = self.scope.chains.get(f"{expr.kind} {found.name}") if found else None
        if chain is None:
            raise Unmapped(f"there is no {expr.kind} `{name}` in this app", expr.at)
        values = self._values(expr)
        step = self.free(one.name or name)
        entry: Data = {"name": step, "kind": "chain", "target": chain}
        entry |= {"payload": values}
        outputs = expr.value[1] if expr.kind == "flow" else ()
        self._said(one, expr.kind, f"chain {chain}")
        self.give(one, entry, dict.fromkeys(outputs, "a text") if outputs else "a text")

    def _given(
        self, one: Statement, name: str, values: Data, mock: Any, why: str
    ) -> None:
        step = self.free(name)
        entry: Data = {"name": step, "kind": "connector", "target": name}
        entry |= passed(values)
        way_out = f"give the run a function as `{name}`: connectors={{'{name}': ...}}"
        self.remarks[step] = [f"{why}: {way_out}"]
        self.scope.lost(why, self.flow.source, one.at, way_out)
        self._said(one, one.kind, f"given `{name}`")
        self.give(one, entry, mock)

    def _pipeline(self, one: Statement, expr: Expr) -> None:
        name, outputs = expr.value
        mock: Any = {key: {} for key in outputs}
        why = f"pipeline `{name}` is a service of namel3ss"
        self._given(one, free_name(name, ()), self._values(expr), mock, why)

    def _latest(self, one: Statement, expr: Expr) -> None:
        self._record(one, "latest", str(expr.value), {}, self._sample(str(expr.value)))

    def _sample(self, record: str) -> Data:
        found = self.scope.resolved("record", record, self.flow)
        fields = found.fields.get("fields", {}) if found is not None else {}
        kinds = {
            key: one[0] if isinstance(one, tuple) else one
            for key, one in fields.items()
        }
        return {key: _SAMPLES.get(str(kind), "a text") for key, kind in kinds.items()}

    def _record(
        self, one: Statement, verb: str, record: str, values: Data, mock: Any
    ) -> None:
        name = free_name(f"{verb}_{record}", ())
        why = f"records of `{record}` are in the database of namel3ss"
        self._given(one, name, values, mock, why)

    def _map_create(self, one: Statement) -> None:
        values = {"values": self.data(one.exprs[0])}
        self._record(
            one, "create", str(one.value), values, self._sample(str(one.value))
        )

    def _map_find(self, one: Statement) -> None:
        where = self._where(one.exprs[0])
        self._record(one, "find", str(one.value), where, [self._sample(str(one.value))])

    def _map_delete(self, one: Statement) -> None:
        self._record(one, "delete", str(one.value), self._where(one.exprs[0]), None)

    def _map_update(self, one: Statement) -> None:
        where, *values = one.exprs
        changes = {key: self.data(v) for key, v in zip(one.path, values, strict=True)}
        self._record(
            one,
            "update",
            str(one.value),
            {**self._where(where), "values": changes},
            None,
        )

    def _where(self, expr: Expr) -> Data:
        """The condition of a query as data: values by fields, and what is not equal by signs."""
        if expr.kind == "literal" and expr.value is True:
            return {}
        found: Data = {}
        self._conditions(expr, found)
        return {"where": found}

    def _conditions(self, expr: Expr, found: Data) -> None:
        if expr.kind == "and":
            for one in expr.parts:
                self._conditions(one, found)
            return
        left = expr.parts[0] if expr.parts else expr
        plain = expr.kind in ("==", "!=", "<", ">", "<=", ">=") and left.kind == "name"
        if not plain or str(left.value) in found:
            raise Unmapped(
                "this condition of records is no list of comparisons", expr.at
            )
        value = self.data(expr.parts[1])
        found[str(left.value)] = value if expr.kind == "==" else {expr.kind: value}

    def _map_ask(self, one: Statement) -> None:
        whom, mode = one.value
        profile = self.scope.resolved("ai", whom, self.flow)
        if profile is None:
            raise Unmapped(f"there is no ai `{whom}` in this app", one.at)
        step = self._asked(self.free(one.name), profile, None, one.exprs[0], mode)
        self._said(one, "ask ai", "llm")
        self.give(one, step, "an answer")

    def _map_agent(self, one: Statement) -> None:
        whom, mode = one.value
        step = self._agent(self.free(one.name), whom, one.exprs[0], mode)
        self._said(one, "agent", "llm")
        self.give(one, step, "an answer")

    def _map_agents(self, one: Statement) -> None:
        agents, merge = one.value
        policy = merge.get("policy", "all")
        if policy not in ("all", "first_valid"):
            raise Unmapped(
                f"no step merges the answers of agents as `{policy}`", one.at
            )
        members: list[Data] = []
        for (whom, mode), given in zip(agents, one.exprs, strict=True):
            step = self._agent(self.free(whom), whom, given, mode)
            members.append(step)
            self.mocks[step["name"]] = "an answer"
        block = self.free(f"{one.name}_agents")
        answers = [f"{block}.{x['name']}" for x in members]
        self.out.append({"parallel": members, "name": block})
        self._said(one, "agents", "parallel")
        name, changes = one.name, one.name in self.changing
        step = {"name": self.free(name)}
        if policy == "first_valid":
            step["value"] = f"{{{{ [{', '.join(answers)}] | select | first }}}}"
            self.answers.add(step["name"])
            self.give(one, step, "an answer")
        else:
            # In a list an answer is what it is in namel3ss, where it has a `text`.
            entries = ", ".join(f"{{'text': {text}}}" for text in answers)
            step["value"] = f"{{{{ [{entries}] }}}}"
            self.give(one, step, [{"text": "an answer"} for _ in members])
        del self.mocks[step["name"]]
        assert changes or self.names[name]
        is_one = policy == "first_valid"
        known = self.answers if is_one else self.answer_lists
        known.add(str(self.names.get(name, step["name"])))

    def _agent(self, name: str, whom: str, given: Expr, mode: str) -> Data:
        agent = self.scope.resolved("agent", whom, self.flow)
        if agent is None:
            raise Unmapped(f"there is no agent `{whom}` in this app", given.at)
        profile = self.scope.resolved("ai", str(agent.fields.get("ai", "")), agent)
        if profile is None:
            raise Unmapped(f"agent `{whom}` has no ai of this app", given.at)
        return self._asked(name, profile, agent, given, mode)

    def _asked(
        self,
        name: str,
        profile: Declared,
        agent: Declared | None,
        given: Expr,
        mode: str,
    ) -> Data:
        """A call of the model of a profile, in the words of an agent where there is one."""
        self.answers.add(name)
        if mode in ("image", "audio"):
            raise Unmapped(f"the {mode} is one that namel3ss has stored", given.at)
        step: Data = {"name": name, **self.scope.system(profile, agent)}
        data = self.data(given)
        if mode == "structured":
            data = f"{{{{ {self.text(given)} | tojson }}}}"
        step["prompt"] = data if isinstance(data, str) else literal(str(data))
        step["model"] = literal(str(profile.fields.get("model", "")))
        step["connection"] = self.scope.connection(profile)
        if (turns := self.scope.memory(profile)) is not None:
            step["remember"] = turns
        tools = [
            self._exposed(tool, profile) for tool in profile.fields.get("tools", ())
        ]
        if shown := [one for one in tools if one is not None]:
            step["tools"] = shown
        return step

    def _exposed(self, name: str, profile: Declared) -> str | None:
        tool = self.scope.resolved("tool", name, profile)
        found = self.scope.target(tool) if tool is not None else None
        if found is None or tool is None:
            why = f"ai `{profile.name}` has tool `{name}`, which no binding names a function for"
            self.scope.lost(
                why, profile.source, profile.at, "name it in `tools` of the step"
            )
            return None
        what = f"the model sees tool `{name}` with the argument `{found[1]}` of its function"
        self.scope.changed(what, tool.source, tool.at)
        return found[0]
