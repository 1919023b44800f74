"""The server: the texts of an editor, their readings, and what is published of them."""

from __future__ import annotations

import asyncio
from typing import Final

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from n3gen import __version__
from n3gen.lsp.problems import diagnostic_of
from n3gen.lsp.readings import OpenFile, Reading, Readings
from n3gen.project.errors import ProjectError

__all__ = ["N3genServer"]

_PAUSE: Final = 0.15
"""Seconds without a change after which a file is checked."""


class N3genServer(LanguageServer):
    """A language server with the readings of the files that an editor has open."""

    def __init__(self, pause: float = _PAUSE) -> None:
        super().__init__("n3gen", __version__)
        self.readings = Readings()
        self.pause = pause
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._reading = asyncio.Lock()

    def file(self, uri: str) -> OpenFile | None:
        return self.readings.files.get(uri)

    def change(self, uri: str, pause: float | None = None) -> None:
        """Take the text of a file, and check it once nothing more is typed."""
        text = self.workspace.get_text_document(uri).source
        try:
            self.readings.put(uri, text)
        except ProjectError as error:
            self._say(str(error))
            return
        earlier = self._waiting.pop(uri, None)
        if earlier is not None:
            earlier.cancel()
        self._waiting[uri] = asyncio.ensure_future(
            self._check_soon(uri, self.pause if pause is None else pause)
        )

    async def _check_soon(self, uri: str, pause: float) -> None:
        await asyncio.sleep(pause)
        file = self.file(uri)
        if file is not None:
            for one in self.readings.touched(file):
                await self.check(one)

    async def check(self, file: OpenFile) -> None:
        """Read a file in a thread, and publish what is wrong with it and those it uses."""
        async with self._reading:
            loop = asyncio.get_running_loop()
            try:
                reading = await loop.run_in_executor(None, self.readings.read, file)
            except ProjectError as error:
                self._say(str(error))
                return
        file.reading = reading
        if file.current is not None:
            for one in list(self.readings.files.values()):
                if one is file or one.path in reading.files:
                    self.publish(one)

    def publish(self, file: OpenFile) -> None:
        problems = self.readings.problems(file)
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(
                uri=file.uri,
                diagnostics=[diagnostic_of(file.config, one) for one in problems],
                version=self.workspace.get_text_document(file.uri).version,
            )
        )

    def close(self, uri: str) -> None:
        """Forget a file, and what was shown of it."""
        self.readings.close(uri)
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def reload(self) -> None:
        """Look up all configurations, and check all open files anew."""
        try:
            self.readings.reload()
        except ProjectError as error:
            self._say(str(error))
        for uri in list(self.readings.files):
            self.change(uri)

    async def read(self, file: OpenFile) -> Reading | None:
        """The reading of a file as it is now, checked at once where it is not yet."""
        if file.current is None:
            await self.check(file)
        return file.current

    def _say(self, message: str) -> None:
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Warning, message))
