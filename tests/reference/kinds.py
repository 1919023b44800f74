"""What steps do, one function for each kind."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from tests.reference.bodies import Pending
from tests.reference.failures import failed
from tests.reference.interpreter import Interpreter
from tests.reference.model import Data, Failed, Record, Scope
from tests.reference.registry import work

__all__: list[str] = []


@work("target")
async def call(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    """Call a callable, or another chain."""
    owner = f"Step '{record.path}'"
    if entry.get("kind") == "chain":
        payload = entry.get("payload", "{{ payload }}")
        given = run.value(payload, scope, "payload", owner)
        return await run.chain(entry["target"], given, record.path, scope.slots)
    context = SimpleNamespace(step=entry["name"], options=record.options)
    try:
        return await run.given[entry["target"]](context)
    except Exception as error:
        raise failed(f"Step '{record.path}' failed", error) from error


@work("send")
async def send(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    owner, name = f"Step '{record.path}'", entry["send"]
    item = run.value(entry["value"], scope, "value", owner)
    with run.waiting(f"step '{record.path}' for room in channel '{name}'"):
        is_taken = await scope.channels[name].put(item)
    if not is_taken:
        why = "no loop over it runs any more"
        raise Failed(
            f"{owner} failed", f"ChannelError: channel '{name}' takes no item: {why}"
        )
    return item


@work("state")
async def state(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    """Read a cell of the run, which the chains that it calls share, or change it."""
    cells, name, owner = run.states, entry["state"], f"Step '{record.path}'"
    given = {
        key: run.value(entry[key], scope, key, owner)
        for key in ("set", "append", "merge", "key")
        if key in entry
    }
    key = given.get("key")
    old = cells[name] if key is None else cells[name].get(key)
    if "update" in entry:
        new = run.value(entry["update"], scope.inside(value=old), "update", owner)
    elif "append" in given:
        new = [*old, given["append"]]
    elif "merge" in given:
        new = {**old, **given["merge"]}
    else:
        new = given.get("set", old)
    cells[name] = new if key is None else {**cells[name], key: new}
    return new


@work("value")
async def value(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    return run.value(entry["value"], scope, "value", f"Step '{record.path}'")


@work("emit")
async def emit(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    return run.value(entry["emit"], scope, "emit", f"Step '{record.path}'")


@work("stop")
async def stop(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    return run.value(entry["stop"], scope, "stop", f"Step '{record.path}'")


@work("wait")
async def wait(run: Interpreter, entry: Data, scope: Scope, record: Record) -> None:
    await asyncio.sleep(entry["wait"])


@work("cancel")
async def cancel(run: Interpreter, entry: Data, scope: Scope, record: Record) -> None:
    running = scope.names.get(entry["cancel"])
    if isinstance(running, Pending):
        await running.cancel()


@work("fail")
async def fail(run: Interpreter, entry: Data, scope: Scope, record: Record) -> Any:
    owner = f"Step '{record.path}'"
    raise Failed(
        f"{owner} failed", run.value(entry["fail"], scope, "fail", owner), "failed"
    )
