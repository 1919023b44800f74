"""An app of namel3ss as a spec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from n3gen.diagnostics import Label, Problems
from n3gen.importers.import_rules import FaultyFlow
from n3gen.importers.literals import as_mock
from n3gen.importers.model import Became, Imported, Lookup
from n3gen.importers.namel3ss.declarations import OLD, Declarations
from n3gen.importers.namel3ss.faults import Stop
from n3gen.importers.namel3ss.flows import FlowMapper
from n3gen.importers.namel3ss.rehearsal import rehearsed
from n3gen.importers.namel3ss.scope import Scope
from n3gen.importers.namel3ss.tree import App, Declared
from n3gen.importers.naming import free_name
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
    flows = [one for one in app.declared if one.kind in _CHAINS]
    if not flows:
        label = Label(source, Span(0, 1))
        problems.add(FaultyFlow.of("this file has no flow, so nothing to run", label))
        return Imported(source, chain, None, problems)
    for one in flows:
        name = free_name(one.name, scope.chains.values(), one.kind)
        scope.chains[f"{one.kind} {one.name}"] = name
    became: list[Became] = []
    needs = _identity_needed(flows, scope)
    for one in flows:
        became += _chain(scope, one, scope.chains[f"{one.kind} {one.name}"], needs)
    scope.draft.remark((), *_heading(scope))
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
        way_out = 'namel3ss 0.1.0a18 and later begin with `spec is "1.0"`'
        raise Stop(
            FaultyFlow.of(what, Label(source, Span(at, at + len(first))), way_out)
        )
    return source


def _identity_needed(flows: list[Declared], scope: Scope) -> set[str]:
    """The chains whose payload has the identity of the caller."""
    return {
        scope.chains[f"{one.kind} {one.name}"] for one in flows if _reads_identity(one)
    }


def _reads_identity(one: Declared) -> bool:
    return "identity." in one.source.text[one.at : one.end]


def _chain(scope: Scope, flow: Declared, name: str, needs: set[str]) -> list[Became]:
    """Define the chain of a flow, and its test."""
    if flow.fields.get("declarative"):
        what = f"flow `{flow.name}` is written as a list of steps without `:`"
        scope.lost(what, flow.source, flow.at, "write it with `:`, as statements")
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
    chain["steps"] = entries or [{"name": "nothing", "value": None}]
    scope.draft.define("chains", name, chain)
    for test, data in rehearsed(scope, mapper, name, entries, result).items():
        scope.draft.define("tests", test, data)
    _remark(scope, entries, ("chain", name), mapper.remarks)
    return mapper.became


def _inputs(scope: Scope, flow: Declared, mapper: FlowMapper) -> dict[str, Any]:
    """The fields of a chain's payload; none where one that is missing is an error to catch."""
    del scope
    if flow.kind == "function":
        return dict.fromkeys(flow.fields.get("input", {}), "any")
    if any(caught for _, caught in mapper.reads):
        return {}
    return {name: "any" for name, _ in sorted(mapper.reads)}


def _remark(
    scope: Scope,
    entries: list[dict[str, Any]],
    place: tuple[str, ...],
    remarks: Mapping[str, list[str]],
) -> None:
    """Put the comments of statements above what they have become."""
    del place
    chain = next(reversed(scope.draft.data["chains"]))
    for names, word, name in _places(entries, (chain,)):
        if name in remarks:
            scope.draft.remark((word, *names, name), *remarks[name])


def _places(
    entries: list[dict[str, Any]], names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield the steps of a body and of those inside, with the names of what they stand in."""
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


_KNOWN: Final = _SILENT | {"ai", "agent", "tool", "record"}


def mock_of(value: Any) -> Any:
    """A mock of a value, whatever it is."""
    return as_mock(value)
