"""An app of namel3ss as a spec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from n3gen.diagnostics import Diagnostic, Label, Problems
from n3gen.importers.import_rules import FaultyFlow
from n3gen.importers.model import Became, Imported, Lookup
from n3gen.importers.namel3ss.constants import settled
from n3gen.importers.namel3ss.declarations import OLD, Declarations
from n3gen.importers.namel3ss.faults import Stop
from n3gen.importers.namel3ss.flows import FlowMapper
from n3gen.importers.namel3ss.rehearsal import rehearsed
from n3gen.importers.namel3ss.scope import Scope
from n3gen.importers.namel3ss.tree import App, Declared, Expr, Statement
from n3gen.importers.namel3ss.variables import every_expr, statements_in
from n3gen.importers.naming import free_name
from n3gen.importers.secrets import Secrets
from n3gen.source import SourceFile, Span

__all__ = ["SPEC", "import_app"]

SPEC: Final = "1.0"
"""The version of the grammar that is read."""

_CHAINS: Final = ("flow", "function", "job")
_SILENT: Final = frozenset(
    ("spec", "use", "capsule", "capabilities", "identity", "contract")
)


def import_app(
    source: SourceFile,
    lookup: Lookup,
    chain: str,
    modules: Mapping[str, Sequence[SourceFile]] | None = None,
) -> Imported:
    """Import an app, and those of its modules that it uses, as a spec.

    `lookup` gives the files of the app's folder: bindings of tools, and their functions.
    `modules` are the files of the folders in `modules`, by the names of these.
    """
    problems = Problems()
    app = App(source)
    try:
        _read(app, modules or {})
    except Stop as stop:
        problems.add(stop.problem)
        return Imported(source, chain, None, problems)
    scope = Scope(app, lookup, problems)
    app.declared = [_settled(scope, one) for one in app.declared]
    flows = [one for one in app.declared if one.kind in _CHAINS]
    if not flows:
        label = Label(source, Span(0, 1))
        problems.add(FaultyFlow.of("this file has no flow, so nothing to run", label))
        return Imported(source, chain, None, problems)
    for one in flows:
        name = free_name(one.name, scope.chains.values(), one.kind)
        scope.chains[f"{one.kind} {one.name}"] = name
    became: list[Became] = []
    fault = _circle(scope, flows) or _mismatch(scope, flows)
    if fault is not None:
        problems.add(fault)
        return Imported(source, chain, None, problems)
    for one in flows:
        became += _chain(scope, one, scope.chains[f"{one.kind} {one.name}"])
    scope.draft.remark((), *_heading(scope))
    every = [file for files in (modules or {}).values() for file in files]
    Secrets(scope.draft, [source, *every], problems).conceal()
    text = scope.draft.text()
    return Imported(source, chain, text, problems, tuple(became), tuple(scope.modules))


def _read(app: App, modules: Mapping[str, Sequence[SourceFile]]) -> None:
    """Read the file of the app, and its modules; raises `Stop`."""
    reader = Declarations(_current(app.source))
    said = reader.spec()
    if said != SPEC:
        at = reader.last if said is not None else reader.here
        version = f'`spec is "{said}"`' if said is not None else "no `spec is`"
        what = f"this file has {version}, and only spec {SPEC} of namel3ss is read"
        raise reader.fault(what, at)
    app.declared += reader.declarations()
    for use in list(app.of("use").values()):
        alias = use.fields["alias"]
        for file in modules.get(use.name, ()):
            inner = Declarations(file)
            inner.spec()
            found = inner.declarations(alias)
            app.declared += [one for one in found if one.kind != "use"]


def _settled(scope: Scope, one: Declared) -> Declared:
    """A declaration without branches that never run, which are reported."""

    def report(block: Statement) -> None:
        what = f"this `{block.kind}` compares constants: only the branch that runs is imported"
        scope.changed(what, one.source, block.at)

    return replace(one, body=settled(one.body, report))


def _current(source: SourceFile) -> SourceFile:
    """The source, unless its first words are those of an older grammar; raises `Stop`."""
    first = next(
        (x for x in source.text.splitlines() if x.strip() and x.lstrip()[0] != "#"), ""
    )
    words = first.split()
    if words and (
        words[0] in OLD or (words[0] == "app" and ":" not in first) or "{" in first
    ):
        at = source.text.index(first)
        what = f"this is an older grammar of namel3ss: only spec {SPEC} is read"
        way_out = 'apps of spec 1.0 begin with `spec is "1.0"`'
        raise Stop(
            FaultyFlow.of(what, Label(source, Span(at, at + len(first))), way_out)
        )
    return source


def _chain(scope: Scope, flow: Declared, name: str) -> list[Became]:
    """Define the chain of a flow, and its test."""
    if flow.fields.get("declarative"):
        what = f"flow `{flow.name}` is written as a list of steps without `:`"
        scope.lost(what, flow.source, flow.at, "write it with `:`, as statements")
        lines = flow.source.text[flow.at : flow.end].strip().splitlines()
        scope.draft.remark(
            ("chain", name), "Not imported:", *(f"    {x}" for x in lines)
        )
    if "ai" in flow.fields:
        what = f"the `ai` block of flow `{flow.name}` is for training, and asks nothing"
        scope.lost(what, flow.source, flow.fields["ai"])
    mapper = FlowMapper(scope, flow, name)
    entries, result = mapper.entries()
    chain: dict[str, Any] = {}
    fields = _inputs(scope, flow, mapper)
    if fields:
        chain["input"] = fields
    if result is not None:
        chain["result"] = result
    chain["steps"] = entries or [{"name": "nothing", "emit": {"nothing": "to do"}}]
    scope.draft.define("chains", name, chain)
    returns = result is not None or bool(_stops(flow))
    for test, data in rehearsed(scope, mapper, name, returns).items():
        scope.draft.define("tests", test, data)
    _remark(scope, entries, name, mapper.remarks)
    return mapper.became


def _inputs(scope: Scope, flow: Declared, mapper: FlowMapper) -> dict[str, Any]:
    """The fields of a chain's payload; none where it has any.

    That is where the flow catches the error of one that is missing, or reads the
    payload as a whole.
    """
    if flow.kind == "function":
        return dict.fromkeys(flow.fields.get("input", {}), "any")
    if any(caught for _, caught in mapper.reads) or mapper.reads_all:
        return {}
    found = {name: "any" for name, _ in sorted(mapper.reads)}
    if found:
        found |= dict.fromkeys(_passed(scope, flow), "any?")
        contract = scope.app.of("contract").get(flow.name)
        typed = contract.fields.get("input", {}) if contract is not None else {}
        for name, (kind, optional) in typed.items():
            if name.isidentifier():
                known = {"text": "str", "boolean": "bool"}.get(str(kind), "any")
                found[name] = f"{known}?" if optional else known
    return {name: kind for name, kind in found.items() if name.isidentifier()}


def _stops(flow: Declared) -> list[Statement]:
    """The statements that end a flow with a value."""
    return [one for one in statements_in(flow.body) if one.kind == "return"]


def _calls(one: Declared) -> Iterator[Expr]:
    """Yield the calls of flows and functions in a flow."""
    for statement in statements_in(one.body):
        for expr in statement.exprs:
            yield from (x for x in every_expr(expr) if x.kind in ("flow", "function"))


def _passed(scope: Scope, flow: Declared) -> Iterator[str]:
    """Yield the arguments that other flows of the app call a flow with."""
    for one in scope.app.declared:
        for call in _calls(one):
            name = call.value[0] if call.kind == "flow" else call.value
            if scope.resolved(call.kind, str(name), one) is flow:
                yield from call.keys


def _circle(scope: Scope, flows: list[Declared]) -> Diagnostic | None:
    """The fault of flows that call each other in a circle, which namel3ss refuses too."""
    done: list[Declared] = []

    def visit(one: Declared, way: tuple[Declared, ...]) -> Diagnostic | None:
        if one in way:
            circle = (*way[way.index(one) :], one)
            names = " -> ".join(f"`{each.name}`" for each in circle)
            what = f"these flows call each other: {names}"
            return FaultyFlow.of(
                what, scope.label(one.source, one.at), "remove one of the calls"
            )
        if one in done:
            return None
        done.append(one)
        for call in _calls(one):
            name = call.value[0] if call.kind == "flow" else call.value
            called = scope.resolved(call.kind, str(name), one)
            if called is not None and (fault := visit(called, (*way, one))):
                return fault
        return None

    return next((fault for one in flows if (fault := visit(one, ()))), None)


def _mismatch(scope: Scope, flows: list[Declared]) -> Diagnostic | None:
    """The fault of a call for what the flow called never returns; namel3ss fails there."""
    for one in flows:
        for call in _calls(one):
            name, outputs = call.value if call.kind == "flow" else (call.value, ())
            called = scope.resolved(call.kind, str(name), one)
            returned = [x.exprs[0] for x in _stops(called)] if called else []
            if not returned or any(expr.kind != "map" for expr in returned):
                continue
            for output in outputs:
                if not any(output in expr.keys for expr in returned):
                    what = f"flow `{name}` never returns `{output}`"
                    known = sorted({key for expr in returned for key in expr.keys})
                    way_out = f"it returns {', '.join(f'`{key}`' for key in known)}"
                    label = scope.label(one.source, call.at)
                    return FaultyFlow.of(what, label, way_out if known else None)
    return None


def _remark(
    scope: Scope,
    entries: list[dict[str, Any]],
    chain: str,
    remarks: Mapping[str, list[str]],
) -> None:
    """Put the comments of statements above what they have become."""
    for names, word, name in _places(entries, (chain,)):
        if name in remarks:
            scope.draft.remark((word, *names, name), *remarks[name])


def _places(
    entries: list[dict[str, Any]], names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield the steps of a body and of those inside, with the names of what they are in."""
    for entry in entries:
        name = str(entry.get("name", ""))
        block = next(
            (
                w
                for w in ("for", "while", "if", "match", "do", "parallel")
                if w in entry
            ),
            "",
        )
        inner = (*names, name) if name else names
        if not block and name:
            yield names, "step", name
        for key in ("steps", "then", "else", "do", "parallel"):
            body = entry.get(key)
            if isinstance(body, list):
                yield from _places(body, inner)
        for key in ("cases", "elif"):
            for one in entry.get(key, []):
                yield from _places(one.get("steps", one.get("then", [])), inner)


def _heading(scope: Scope) -> Iterator[str]:
    """Yield what stands at the top of the spec."""
    yield f"Imported from {scope.app.source.path} by `n3gen import namel3ss`, spec {SPEC}."
    if scope.modules:
        yield "Its tools are Python beside it, whose folder has to be on PYTHONPATH:"
        yield f"{', '.join(sorted(scope.modules))}."
    others = [one for one in scope.app.declared if one.kind not in (*_CHAINS, *_KNOWN)]
    counts = Counter(one.kind for one in others)
    for kind, count in counts.items():
        first = next(one for one in others if one.kind == kind)
        shown = f"{count} `{kind}`" if count > 1 else f"`{kind}`"
        what = f"{shown} {'are' if count > 1 else 'is'} no part of a chain"
        scope.lost(what, first.source, first.at)
        yield f"Not imported: {shown}, from line {first.source.line_at(first.at)} on."


_KNOWN: Final = _SILENT | {"ai", "agent", "tool"}
