"""Diagnostics and fixes of the compiler in the words of the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types as lsp

from n3gen.diagnostics import Diagnostic, Fix, Severity
from n3gen.diagnostics.fix import compatible
from n3gen.lsp.positions import range_of
from n3gen.lsp.readings import OpenFile, uri_of
from n3gen.project.config import Config

__all__ = ["actions_at", "diagnostic_of", "workspace_edit"]

_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.NOTE: lsp.DiagnosticSeverity.Information,
}


def diagnostic_of(config: Config, problem: Diagnostic) -> lsp.Diagnostic:
    """A problem as an editor shows it, its help on a line of its own."""
    message = problem.message
    if problem.help:
        message += f"\n{problem.help}"
    return lsp.Diagnostic(
        range=range_of(problem.file, problem.label.span),
        message=message,
        severity=_SEVERITIES[problem.severity],
        code=problem.rule.code,
        source="n3gen",
        related_information=[
            lsp.DiagnosticRelatedInformation(
                lsp.Location(
                    uri_of(config, label.file.path), range_of(label.file, label.span)
                ),
                label.text or "this",
            )
            for label in problem.labels[1:]
        ],
    )


def actions_at(
    file: OpenFile, problems: Iterable[Diagnostic], where: lsp.Range
) -> Iterator[lsp.CodeAction]:
    """The fixes of the problems in a range, and one for all that the file has."""
    fixed = [problem for problem in problems if problem.fix is not None]
    for problem in fixed:
        shown = diagnostic_of(file.config, problem)
        if problem.fix is not None and _touch(shown.range, where):
            yield lsp.CodeAction(
                title=problem.fix.title,
                kind=lsp.CodeActionKind.QuickFix,
                diagnostics=[shown],
                edit=workspace_edit(file.config, [problem.fix]),
                is_preferred=True,
            )
    fixes = [problem.fix for problem in fixed if problem.fix is not None]
    if fixes:
        yield lsp.CodeAction(
            title="mend all that n3gen can mend",
            kind=lsp.CodeActionKind.SourceFixAll,
            edit=workspace_edit(file.config, fixes),
        )


def workspace_edit(config: Config, fixes: Iterable[Fix]) -> lsp.WorkspaceEdit:
    """The edits of fixes by file; of two fixes that overlap the first one counts."""
    changes: dict[str, list[lsp.TextEdit]] = {}
    edits = {edit for fix in compatible(fixes) for edit in fix.edits}
    for edit in sorted(edits, key=lambda one: (one.file.path, one.span.start)):
        written = lsp.TextEdit(range_of(edit.file, edit.span), edit.text)
        changes.setdefault(uri_of(config, edit.file.path), []).append(written)
    return lsp.WorkspaceEdit(changes=changes)


def _touch(one: lsp.Range, other: lsp.Range) -> bool:
    def order(position: lsp.Position) -> tuple[int, int]:
        return position.line, position.character

    return order(one.start) <= order(other.end) and order(other.start) <= order(one.end)
