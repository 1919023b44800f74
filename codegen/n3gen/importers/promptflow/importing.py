"""A `flow.dag.yaml` as a spec."""

from __future__ import annotations

from typing import Any

from n3gen.diagnostics import Problems
from n3gen.importers.literals import as_mock, literal
from n3gen.importers.model import Became, Draft, Imported, Lookup, noting
from n3gen.importers.promptflow.chains import Aggregation, line_chain, named_steps
from n3gen.importers.promptflow.flow import Flow
from n3gen.importers.promptflow.includes import includes_of, with_includes
from n3gen.importers.promptflow.inlining import inlined_prompts
from n3gen.importers.promptflow.inputs import sample_payload
from n3gen.importers.promptflow.kinds.kind import Made
from n3gen.importers.promptflow.reading import read_flow
from n3gen.importers.promptflow.rehearsal import tests_of
from n3gen.importers.promptflow.samples import sample_of
from n3gen.importers.promptflow.scope import Importing, Scope, skippable
from n3gen.importers.promptflow.sources import check_sources
from n3gen.importers.secrets import Secrets
from n3gen.source import SourceFile

__all__ = ["import_flow"]


def import_flow(source: SourceFile, lookup: Lookup, chain: str) -> Imported:
    """Import a flow as the chain of this name; `lookup` reads the files of its folder."""
    problems = Problems()
    flow = read_flow(source, problems)
    if flow is None:
        return Imported(source, chain, None, problems)
    read: list[SourceFile] = []
    found = noting(with_includes(lookup, includes_of(flow)), read)
    importing = Importing(flow, found, problems, Draft())
    check_sources(importing)
    if problems.has_errors:
        return Imported(source, chain, None, problems)
    nodes = _chains(importing, chain)
    modules = tuple(dict.fromkeys(importing.modules))
    importing.draft.remark((), *_heading(source, flow, modules))
    Secrets(importing.draft, [source, *read], problems).conceal()
    text = importing.draft.text()
    return Imported(source, chain, text, problems, nodes, modules)


def _chains(importing: Importing, chain: str) -> tuple[Became, ...]:
    flow = importing.flow
    skipped = skippable(flow.lines)
    scope = Scope(
        importing,
        chain,
        named_steps(importing, flow.lines),
        skipped,
        inlined=inlined_prompts(flow, importing.lookup, skipped),
    )
    last = Aggregation(scope, f"{chain}_all_lines") if flow.aggregations else None
    made = line_chain(scope, last.extra if last is not None else {})
    for name, test in tests_of(scope, made).items():
        importing.draft.define("tests", name, test)
    found = [
        Became(
            node.name,
            node.type,
            flow.document.line((*node.loc, "name")),
            made[node.name].what,
        )
        for node in flow.lines
    ]
    if last is not None:
        inner, ended = last.define()
        test = _lines_test(last, inner, ended)
        importing.draft.define("tests", "imported_lines", test)
        found += last.became(ended)
    return tuple(found)


def _lines_test(
    last: Aggregation, scope: Scope, made: dict[str, Made]
) -> dict[str, Any]:
    """A test of the chain for all lines, whose lines are mocks."""
    flow = last.importing.flow
    line = {key: f"{key} of a line" for key in (*flow.outputs, *last.extra)}
    row = literal(sample_payload(flow))
    mocks: dict[str, Any] = {
        made[node.name].step["name"]: as_mock(
            sample_of(scope, made, node, lambda value: value)
        )
        for node in flow.aggregations
        if "value" not in made[node.name].step
    }
    steps = {name: "ok" for name in mocks if not _is_conditional(made, name)}
    return {
        "chain": last.chain,
        "payload": {"rows": [row, dict(row)]},
        "mock": {"lines.line": {"value": line}, **mocks},
        "expect": {"status": "ok", "steps": steps},
    }


def _is_conditional(made: dict[str, Made], name: str) -> bool:
    steps = {one.step["name"]: one.step for one in made.values()}
    return bool(steps[name].keys() & {"when", "on_skip"})


def _heading(source: SourceFile, flow: Flow, modules: tuple[str, ...]) -> list[str]:
    """What stands at the top of the spec."""
    lines = [f"Imported from {source.path} by `n3gen import promptflow`."]
    if modules:
        folder = source.path.rpartition("/")[0] or "."
        named = ", ".join(f"{module}.py" for module in modules)
        lines.append(f"Its code stays in {folder}, which has to be on PYTHONPATH:")
        lines.append(f"{named}.")
    for path in includes_of(flow):
        lines.append(f"It takes in {path}, whose folder has to be on PYTHONPATH too.")
    environment = flow.document.data.get("environment")
    if isinstance(environment, dict):
        for key in ("python_requirements_txt", "image"):
            if isinstance(environment.get(key), str):
                lines.append(f"Its environment: {key}: {environment[key]}.")
    return lines
