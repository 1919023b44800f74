"""What an editor asks, and which room answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from lsprotocol import types as lsp

from n3gen.lsp.completion import completions
from n3gen.lsp.layout import folds, formatted
from n3gen.lsp.names import alike, file_at, word_at
from n3gen.lsp.occurrences import Occurrence, Target
from n3gen.lsp.pages import hover
from n3gen.lsp.plans import write_code
from n3gen.lsp.positions import offset_of, range_of
from n3gen.lsp.problems import actions_at
from n3gen.lsp.readings import OpenFile, uri_of
from n3gen.lsp.renames import Renaming
from n3gen.lsp.server import N3genServer, Refused
from n3gen.lsp.tokens import KINDS, tokens
from n3gen.names import is_name
from n3gen.source import Span

__all__ = ["made"]

_TRIGGERS: Final = [".", "{", "|", ":", " ", "["]

_SOON: Final = 0.05
"""Seconds that a page waits for the code of its step; later pages have it then."""

_FEATURES: list[tuple[str, Any, Callable[..., Any]]] = []


def made(pause: float | None = None) -> N3genServer:
    """A server with all that it answers."""
    server = N3genServer() if pause is None else N3genServer(pause)
    for name, options, function in _FEATURES:
        server.feature(name, options)(function)
    return server


def _answers(name: str, options: Any = None) -> Callable[[Any], Any]:
    """Let a function answer a request, or follow a notification."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _FEATURES.append((name, options, function))
        return function

    return register


# --- texts --------------------------------------------------------------------


@_answers(lsp.TEXT_DOCUMENT_DID_OPEN)
def did_open(ls: N3genServer, params: lsp.DidOpenTextDocumentParams) -> None:
    ls.change(params.text_document.uri, pause=0)


@_answers(lsp.TEXT_DOCUMENT_DID_CHANGE)
def did_change(ls: N3genServer, params: lsp.DidChangeTextDocumentParams) -> None:
    ls.change(params.text_document.uri)


@_answers(lsp.TEXT_DOCUMENT_DID_SAVE)
def did_save(ls: N3genServer, params: lsp.DidSaveTextDocumentParams) -> None:
    ls.change(params.text_document.uri, again=True)


@_answers(lsp.TEXT_DOCUMENT_DID_CLOSE)
def did_close(ls: N3genServer, params: lsp.DidCloseTextDocumentParams) -> None:
    ls.close(params.text_document.uri)


@_answers(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
def did_change_files(ls: N3genServer, params: lsp.DidChangeWatchedFilesParams) -> None:
    """Check all open files again: a used file or the configuration has changed."""
    ls.reload()


# --- problems -----------------------------------------------------------------


@_answers(
    lsp.TEXT_DOCUMENT_CODE_ACTION,
    lsp.CodeActionOptions(
        [lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.SourceFixAll]
    ),
)
async def code_actions(
    ls: N3genServer, params: lsp.CodeActionParams
) -> list[lsp.CodeAction]:
    file = ls.file(params.text_document.uri)
    if file is None or await ls.read(file) is None:
        return []
    problems = ls.readings.problems(file)
    wanted = params.context.only
    return [
        action
        for action in actions_at(file, problems, params.range)
        if not wanted or any(_is_kind(action.kind, one) for one in wanted)
    ]


def _is_kind(kind: str | None, wanted: str) -> bool:
    return kind is not None and (kind == wanted or kind.startswith(f"{wanted}."))


# --- form ---------------------------------------------------------------------


@_answers(lsp.TEXT_DOCUMENT_FORMATTING)
def formatting(
    ls: N3genServer, params: lsp.DocumentFormattingParams
) -> list[lsp.TextEdit]:
    file = ls.file(params.text_document.uri)
    return formatted(file.source) if file else []


@_answers(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
def document_symbols(
    ls: N3genServer, params: lsp.DocumentSymbolParams
) -> list[lsp.DocumentSymbol]:
    file = ls.file(params.text_document.uri)
    return file.symbols if file else []


@_answers(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
def folding(ls: N3genServer, params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
    file = ls.file(params.text_document.uri)
    return folds(file.source) if file else []


@_answers(
    lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
    lsp.SemanticTokensLegend(token_types=list(KINDS), token_modifiers=[]),
)
def semantic_tokens(
    ls: N3genServer, params: lsp.SemanticTokensParams
) -> lsp.SemanticTokens:
    file = ls.file(params.text_document.uri)
    if file is None or not file.path.endswith(".ai"):
        return lsp.SemanticTokens([])
    if file.current is not None:
        return lsp.SemanticTokens(file.current.tokens)
    return lsp.SemanticTokens(tokens(file.source, file.names))


# --- writing ------------------------------------------------------------------


@_answers(
    lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=_TRIGGERS)
)
async def completion(
    ls: N3genServer, params: lsp.CompletionParams
) -> list[lsp.CompletionItem]:
    file = await ls.known(params.text_document.uri)
    if file is None:
        return []
    return completions(file, offset_of(file.source, params.position))


@_answers(lsp.TEXT_DOCUMENT_HOVER)
async def hovered(ls: N3genServer, params: lsp.HoverParams) -> lsp.Hover | None:
    """Answer with the page, and the code in it where that is written soon enough."""
    file = await ls.known(params.text_document.uri)
    if file is None:
        return None
    offset = offset_of(file.source, params.position)
    if file.current is not None and file.current.document is not None:
        writing = asyncio.ensure_future(ls.work(write_code, file.current, offset))
        await asyncio.wait([writing], timeout=_SOON)
    return hover(file, offset)


@_answers(lsp.TEXT_DOCUMENT_CODE_LENS, lsp.CodeLensOptions())
async def code_lenses(
    ls: N3genServer, params: lsp.CodeLensParams
) -> list[lsp.CodeLens]:
    file = await ls.known(params.text_document.uri)
    if file is None or file.reading is None:
        return []
    return [_lens(file, span, title) for span, title in file.reading.lenses]


def _lens(file: OpenFile, span: Span, title: str) -> lsp.CodeLens:
    start = file.now(span).start
    where = range_of(file.source, Span(start, start))
    return lsp.CodeLens(where, command=lsp.Command(title, ""))


# --- names --------------------------------------------------------------------


@_answers(lsp.TEXT_DOCUMENT_DEFINITION)
async def definition(
    ls: N3genServer, params: lsp.DefinitionParams
) -> lsp.Location | None:
    found = await _word(ls, params.text_document.uri, params.position)
    if found is None:
        return _used_file(ls, params)
    file, word = found
    for one in file.reading.names if file.reading else ():
        if one.is_definition and one.target == word.target:
            return _location(ls, file, one)
    return None


def _used_file(ls: N3genServer, params: lsp.DefinitionParams) -> lsp.Location | None:
    file = ls.file(params.text_document.uri)
    if file is None or file.reading is None:
        return None
    offset = file.then(offset_of(file.source, params.position))
    path = file_at(file.reading, offset)
    if path is None:
        return None
    start = lsp.Position(0, 0)
    return lsp.Location(uri_of(file.config, path), lsp.Range(start, start))


@_answers(lsp.TEXT_DOCUMENT_REFERENCES)
async def references(
    ls: N3genServer, params: lsp.ReferenceParams
) -> list[lsp.Location]:
    if (opened := ls.file(params.text_document.uri)) is not None:
        await ls.read(opened)
    found = await _word(ls, params.text_document.uri, params.position)
    if found is None:
        return []
    file, word = found
    return [
        _location(ls, file, one)
        for one in await _everywhere(ls, file, word.target)
        if params.context.include_declaration or not one.is_definition
    ]


@_answers(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
async def highlights(
    ls: N3genServer, params: lsp.DocumentHighlightParams
) -> list[lsp.DocumentHighlight]:
    found = await _word(ls, params.text_document.uri, params.position)
    if found is None:
        return []
    file, word = found
    return [
        lsp.DocumentHighlight(range_of(file.source, file.now(one.span)))
        for one in (file.reading.names if file.reading else ())
        if one.target == word.target and one.file.path == file.path
    ]


@_answers(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
async def prepare_rename(
    ls: N3genServer, params: lsp.PrepareRenameParams
) -> lsp.Range | None:
    found = await _word(ls, params.text_document.uri, params.position)
    if found is None:
        return None
    file, word = found
    return range_of(file.source, file.now(word.span))


@_answers(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
async def rename(ls: N3genServer, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    """Rename what is at a position; an error for what is no name, or would clash."""
    file = ls.file(params.text_document.uri)
    if file is None or await ls.read(file) is None:
        return None
    found = await _word(ls, params.text_document.uri, params.position)
    if found is None:
        return None
    new = params.new_name
    if not is_name(new):
        raise Refused(f"`{new}` is not a name: letters, digits and `_`")
    target = found[1].target
    places = await _everywhere(ls, file, target, with_branches=True)
    if new != target.name:
        renaming = Renaming(places, target.name, new)
        if clash := await ls.work(renaming.clash, ls.readings, file):
            raise Refused(clash)
    changes: dict[str, list[lsp.TextEdit]] = {}
    for one in places:
        where = _location(ls, file, one)
        edit = lsp.TextEdit(where.range, params.new_name)
        if edit not in changes.setdefault(where.uri, []):
            changes[where.uri].append(edit)
    return lsp.WorkspaceEdit(changes=changes)


async def _word(
    ls: N3genServer, uri: str, position: lsp.Position
) -> tuple[OpenFile, Occurrence] | None:
    """The file of an address, and the name at a position of it."""
    file = await ls.known(uri)
    if file is None or file.reading is None:
        return None
    offset = file.then(offset_of(file.source, position))
    word = word_at(file.reading, offset)
    return (file, word) if word is not None else None


async def _everywhere(
    ls: N3genServer, file: OpenFile, target: Target, with_branches: bool = False
) -> list[Occurrence]:
    """The places of what a name means, in all files of the project, each once.

    `with_branches` are what it means where other branches run, too.
    """
    readings = await ls.work(ls.readings.everywhere, file, target.name)
    targets = {target}
    if with_branches:
        targets = alike([one for reading in readings for one in reading.names], target)
    found: dict[tuple[str, Span], Occurrence] = {}
    for reading in readings:
        for one in reading.names:
            if one.target in targets:
                found.setdefault((one.file.path, one.span), one)
    return [found[key] for key in sorted(found, key=lambda k: (k[0], k[1].start))]


def _location(ls: N3genServer, file: OpenFile, one: Occurrence) -> lsp.Location:
    """Where a name is now, should its file have been changed since it was read."""
    uri = uri_of(file.config, one.file.path)
    opened = ls.readings.at(file.config, one.file.path)
    if opened is not None:
        return lsp.Location(opened.uri, range_of(opened.source, opened.moved(one)))
    return lsp.Location(uri, range_of(one.file, one.span))
