"""An editor for tests: a client of the language server, which runs in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types as lsp
from n3gen.lsp.positions import offset_of
from n3gen.source import SourceFile
from pygls.lsp.client import BaseLanguageClient

__all__ = ["Editor", "edited", "place"]

T = TypeVar("T")

_PATIENCE = 60.0
"""Seconds after which a server that does not answer fails a test."""


def place(text: str, mark: str = "|") -> tuple[str, lsp.Position]:
    """A text without its mark, and where that was, in UTF-16 units."""
    at = text.index(mark)
    line = text.count("\n", 0, at)
    before = text[text.rfind("\n", 0, at) + 1 : at]
    units = len(before.encode("utf-16-le")) // 2
    return text[:at] + text[at + len(mark) :], lsp.Position(line, units)


def edited(file: SourceFile, edits: list[lsp.TextEdit]) -> str:
    """The text of a file after edits."""
    text = file.text
    for edit in sorted(
        edits, key=lambda e: offset_of(file, e.range.start), reverse=True
    ):
        start = offset_of(file, edit.range.start)
        end = offset_of(file, edit.range.end)
        text = text[:start] + edit.new_text + text[end:]
    return text


class Editor:
    """A client over standard input and output, on a loop of its own."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self.client = BaseLanguageClient("test", "1")
        self.problems: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.log: list[str] = []

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: lsp.PublishDiagnosticsParams) -> None:
            self._published(params)

        @self.client.feature(lsp.WINDOW_LOG_MESSAGE)
        def logged(params: lsp.LogMessageParams) -> None:
            self.log.append(params.message)

        self._news: asyncio.Event | None = None
        self.capabilities = self.run(self._start()).capabilities

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def patiently() -> T:
            async with asyncio.timeout(_PATIENCE):
                return await work

        return self._runner.run(patiently())

    async def _start(self) -> lsp.InitializeResult:
        self._news = asyncio.Event()
        await self.client.start_io(sys.executable, "-m", "n3gen", "lsp")
        found = await self.client.initialize_async(
            lsp.InitializeParams(capabilities=lsp.ClientCapabilities())
        )
        self.client.initialized(lsp.InitializedParams())
        return found

    def _published(self, params: lsp.PublishDiagnosticsParams) -> None:
        self.problems[params.uri] = params
        if self._news is not None:
            self._news.set()

    def open(self, path: Path, text: str) -> str:
        """Open a file with a text, wait until it is checked, and return its address."""
        self.send_open(path, text)
        self.run(self._checked(path.as_uri(), 1))
        return path.as_uri()

    def send_open(self, path: Path, text: str) -> None:
        """Open a file with a text, and wait for nothing."""
        language = "n3gen" if path.suffix == ".ai" else "yaml"
        item = lsp.TextDocumentItem(path.as_uri(), language, 1, text)

        async def opening() -> None:
            self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

        self.run(opening())

    def change(self, uri: str, text: str, version: int, wait: bool = True) -> None:
        """Replace the whole text of a file."""
        self.run(self._changed(uri, text, version, wait))

    async def _changed(self, uri: str, text: str, version: int, wait: bool) -> None:
        whole = lsp.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(version=version, uri=uri), [whole]
            )
        )
        if wait:
            await self._checked(uri, version)

    async def _checked(self, uri: str, version: int) -> None:
        assert self._news is not None
        while uri not in self.problems or self.problems[uri].version != version:
            self._news.clear()
            await self._news.wait()

    def ask(self, request: str, uri: str, *position: lsp.Position, **more: Any) -> Any:
        """The answer to a request about a file, `completion` for example."""
        kind = getattr(lsp, f"{_class_of(request)}Params")
        params = kind(
            text_document=lsp.TextDocumentIdentifier(uri),
            **({"position": position[0]} if position else {}),
            **more,
        )
        method = getattr(self.client, f"text_document_{request}_async")
        return self.run(method(params))

    def until(self, uri: str, count: int) -> None:
        """Wait until so many problems of a file are published."""

        async def waiting() -> None:
            assert self._news is not None
            while len(self.problems[uri].diagnostics) != count:
                self._news.clear()
                await self._news.wait()

        self.run(waiting())

    def close(self, uri: str) -> None:
        async def closing() -> None:
            self.problems.pop(uri, None)
            self.client.text_document_did_close(
                lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri))
            )

        self.run(closing())

    def stop(self) -> str:
        """End the server; return what it has written to its stderr."""

        async def stopping() -> str:
            await self.client.shutdown_async(None)
            self.client.exit(None)
            server = self.client._server
            assert server is not None and server.stderr is not None
            written = await server.stderr.read()
            await self.client.stop()
            return written.decode()

        said = self.run(stopping())
        self._runner.close()
        return said


def _class_of(request: str) -> str:
    names = {
        "formatting": "DocumentFormatting",
        "document_symbol": "DocumentSymbol",
        "references": "Reference",
        "semantic_tokens_full": "SemanticTokens",
    }
    return names.get(request) or "".join(p.capitalize() for p in request.split("_"))
