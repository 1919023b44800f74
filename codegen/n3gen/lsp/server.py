"""The server: the texts of an editor, their readings, and what is published of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from n3gen import __version__
from n3gen.lsp.problems import diagnostic_of
from n3gen.lsp.readings import OpenFile, Reading, Readings
from n3gen.project.errors import ProjectError

__all__ = ["N3genServer", "Refused"]

T = TypeVar("T")

_PAUSE: Final = 0.15
"""Seconds without a change after which a file is checked."""


class Refused(JsonRpcInvalidParams):
    """What cannot be done, in words for the user: no fault of the server, nor of its client."""


def _is_fault(record: logging.LogRecord) -> bool:
    _, error, _ = record.exc_info or (None, None, None)
    return not isinstance(error, Refused)


class N3genServer(LanguageServer):
    """A language server with the readings of the files that an editor has open."""

    def __init__(self, pause: float = _PAUSE) -> None:
        super().__init__("n3gen", __version__)
        # pygls logs whatever a request raises, with its traceback.
        logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_fault)
        self.readings = Readings()
        self.pause = pause
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._worker = ThreadPoolExecutor(1, "n3gen-lsp")

    def file(self, uri: str) -> OpenFile | None:
        return self.readings.files.get(uri)

    def change(self, uri: str, pause: float | None = None, again: bool = False) -> None:
        """Take the text of a file, and check it once nothing more is typed.

        A text that was checked already is checked once more if `again`.
        """
        text = self.workspace.get_text_document(uri).source
        try:
            file = self.readings.put(uri, text)
        except ProjectError as error:
            self._say(str(error))
            return
        if file is None:
            return
        earlier = self._waiting.pop(uri, None)
        if earlier is not None:
            earlier.cancel()
        self._waiting[uri] = asyncio.ensure_future(
            self._check_soon(uri, self.pause if pause is None else pause, again)
        )

    async def work(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in the one thread in which specs are compiled."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, function, *arguments)

    async def _check_soon(self, uri: str, pause: float, again: bool) -> None:
        await asyncio.sleep(pause)
        file = self.file(uri)
        if file is not None:
            for one in self.readings.touched(file):
                await self.check(one, again or one is not file)
            if file.reading is not None:
                await self.work(file.reading.prepare)

    async def check(self, file: OpenFile, again: bool = False) -> None:
        """Read a file, and publish what is wrong with it and those it uses.

        Where its text has been read already it is read once more if `again`.
        """
        try:
            reading = await self.work(self.readings.read, file, again)
        except ProjectError as error:
            self._say(str(error))
            return
        file.take(reading)
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
        """Reload all configurations, and check all open files again."""
        try:
            self.readings.reload()
        except ProjectError as error:
            self._say(str(error))
        for uri in list(self.readings.files):
            self.change(uri, again=True)

    async def read(self, file: OpenFile) -> Reading | None:
        """The reading of a file as it is now, checked at once where it is not yet."""
        if file.current is None:
            await self.check(file)
        return file.current

    async def known(self, uri: str) -> OpenFile | None:
        """An open file, checked at once where nothing is known of it, nor of its text before."""
        file = self.file(uri)
        if file is not None and (file.reading is None or not file.reading.names):
            await self.read(file)
        return file

    def _say(self, message: str) -> None:
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Warning, message))
