"""The start and the end of DBOS in this process."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass, field
from typing import Any

from dbos import DBOS, DBOSConfig
from dbos import error as dbos_error

from ..run.process import loop_state, process_state
from .executors import ExecutorClaim, claimed_executor
from .lives import stop_lives
from .queues import listen, queues_here
from .run_database import RunDatabase, not_opened
from .run_json import RunJson
from .shared_limits import Sharing
from .take_over import take_over_all

__all__ = ["Launched", "close_durable", "launched"]


@dataclass
class Launched:
    """DBOS as it runs in this process: for which code, on which event loop, for whom."""

    version: str
    database: RunDatabase
    executor: ExecutorClaim
    # What DBOS calls this process: its name, and which life of it this is.
    life: str
    dbos: Any
    loop: asyncio.AbstractEventLoop
    users: set[str] = field(default_factory=set[str])
    sources: set[str] = field(default_factory=set[str])
    is_new: bool = True

    async def listen(self) -> None:
        """Take runs of the modules that are imported, and of no others."""
        modules = queues_here(self.version)
        for source in sorted(modules.keys() - self.sources):
            self.sources.add(source)
            await listen(self.dbos, modules[source])
            code = f"{self.version} {source}"
            await asyncio.to_thread(self.executor.announce, code)


async def launched(user: str, version: str, configured: str) -> Launched:
    """Launch DBOS for the module `user` unless that is done, inside of this event loop.

    `version` is that of the code: runs of other code are left to processes that have it.
    Raises `RuntimeError` where DBOS runs for other code, or its database cannot be opened.
    """
    state = process_state()
    starting: asyncio.Lock = loop_state().setdefault("durable", asyncio.Lock())
    async with starting:
        found: Launched | None = state.get("durable")
        loop = asyncio.get_running_loop()
        if found is not None and found.loop is not loop:
            if not found.loop.is_closed():
                raise RuntimeError("durable runs are executed on one event loop only")
            await end(found)
            found = None
        if found is None:
            try:
                found = state["durable"] = await start(version, configured)
            except RuntimeError:
                raise
            except Exception as error:
                raise RuntimeError(not_opened(error)) from error
        if found.version != version:
            raise RuntimeError(
                f"{user} has version {version}, and this process executes runs of version "
                f"{found.version}: build both modules into one folder with `runtime = "
                '"shared"`, so that they have one version'
            )
        found.users.add(user)
        await found.listen()
        if found.is_new:
            found.is_new = False
            await take_over_all(found.executor.name)
        return found


async def start(version: str, configured: str) -> Launched:
    """Launch DBOS."""
    database = RunDatabase(configured)
    loop = asyncio.get_running_loop()
    name = process_state().get("executor")
    executor = await asyncio.to_thread(claimed_executor, database, name)
    # DBOS itself would go on with what is left under an id that it knows, also with runs
    # of modules that are not here.
    life = f"{executor.name}#{os.urandom(4).hex()}"
    config = DBOSConfig(
        name="n3gen",
        system_database_url=database.url,
        application_version=version,
        executor_id=life,
        serializer=RunJson(),
        log_level="ERROR",
        notification_listener_polling_interval_sec=0.1,
    )
    try:
        if database.is_file:
            config["system_database_engine"] = database.sqlite_connections()
            # DBOS makes its tables in transactions that it begins by itself.
            await asyncio.to_thread(DBOS.migrate, database.url)
            config["run_migrations"] = False
        dbos = DBOS(config=config)
        logging.getLogger("dbos").addFilter(is_no_cancellation)
        DBOS.listen_queues([])
        DBOS.launch()
    except BaseException:
        executor.release()
        raise
    if not database.is_file:
        process_state()["durable_sharing"] = Sharing(database.place, version)
    return Launched(version, database, executor, life, dbos, loop)


def is_no_cancellation(record: logging.LogRecord) -> bool:
    """Say whether DBOS logs something else than the end of a run that was cancelled."""
    reason = record.exc_info[1] if record.exc_info else None
    return not isinstance(reason, dbos_error.DBOSAwaitedWorkflowCancelledError)


async def close_durable(user: str) -> None:
    """Stop executing runs once no module of this event loop needs it any more.

    Runs that are under way are left as they are, for the process that continues them.
    """
    state: dict[str, Any] = process_state()
    found: Launched | None = state.get("durable")
    if found is None or found.loop is not asyncio.get_running_loop():
        return
    found.users.discard(user)
    if not found.users:
        await stop_lives()
        await end(found)


async def end(found: Launched) -> None:
    """End DBOS in this process."""
    process_state().pop("durable", None)
    sharing: Sharing | None = process_state().pop("durable_sharing", None)
    if sharing is not None:
        await asyncio.to_thread(sharing.close)
    await asyncio.to_thread(DBOS.destroy)
    found.executor.release()
