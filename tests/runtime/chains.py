"""Chains written by hand as the emitter writes them, for tests of the run-time support."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from n3gen.templates.runtime.limits.permit import Permit
from n3gen.templates.runtime.run.callables import require_connectors
from n3gen.templates.runtime.run.chain import Chain, Module, Options
from n3gen.templates.runtime.run.execute import Ended, execute_chain
from n3gen.templates.runtime.run.metrics import Metrics
from n3gen.templates.runtime.run.run import Run, Step
from n3gen.templates.runtime.run.settings import Defaults

Body = Callable[[Run, Any], Coroutine[Any, Any, Any]]
Work = Callable[[], Awaitable[Any]]


def module_of(body: Body, steps: tuple[str, ...] = (), **fields: Any) -> Module:
    """A module with one chain, `c`, that is `body`."""
    connectors: tuple[str, ...] = fields.pop("connectors", ())

    async def flow(run: Run, payload: Any) -> Any:
        if connectors:
            require_connectors(run, *connectors)
        return await body(run, payload)

    chain = Chain(
        name="c",
        description="",
        timeout=fields.pop("timeout", None),
        steps=steps,
        connectors=connectors,
        versions={},
        function=flow,
        check=fields.pop("check", None),
    )
    defaults = Defaults(parallel_steps=True, llm_calls=50, chain_seconds=300.0)
    return Module("specs/c.ai", {"c": chain}, defaults, Metrics())


async def execute(body: Body, options: Options | None = None, **fields: Any) -> Ended:
    """One run of a chain that is `body`."""
    return await execute_chain(
        module_of(body, **fields), "c", None, options or Options()
    )


async def step(
    run: Run,
    name: str,
    work: Work,
    *,
    is_model_call: bool = False,
    timeout: float | None = None,
) -> Any:
    """A step whose work is given, with a permit if it is a model call."""
    async with Step(run, name, line=7) as entered:
        limiter = run.llm if is_model_call else None
        async with Permit(entered, limiter, timeout):
            return entered.done(await work())


def sleeping(seconds: float, result: Any = None) -> Work:
    """Work that takes a while."""

    async def work() -> Any:
        await asyncio.sleep(seconds)
        return result

    return work


def failing(seconds: float, error: Exception) -> Work:
    """Work that fails after a while."""

    async def work() -> Any:
        await asyncio.sleep(seconds)
        raise error

    return work


def stubborn(seconds: float, clean_up: float, ended: list[str]) -> Work:
    """Work that takes `clean_up` seconds to stop when it is cancelled."""

    async def work() -> Any:
        try:
            await asyncio.sleep(seconds)
        finally:
            await asyncio.sleep(clean_up)
            ended.append("cleaned up")

    return work


def broken_by_the_user() -> Any:
    """Fail as code of the user's does, which is in another module."""
    raise ValueError("boom")
