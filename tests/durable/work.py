"""The functions that the steps of these tests call: they leave a line and take a while."""

from __future__ import annotations

import asyncio
from typing import Any


def log(line: str) -> None:
    with open("log", "a", encoding="utf-8") as file:
        file.write(f"{line}\n")


async def read_found(ctx: Any) -> Any:
    """Return what the step `found` came to."""
    log(f"began {ctx.step}")
    return ctx.results["found"]


async def do(ctx: Any) -> Any:
    """Say that it begins, take its time, and fail or return what its options say."""
    name = ctx.step
    options = ctx.options
    what = options.get("as", name)
    log(f"began {what}")
    await asyncio.sleep(options.get("takes", 0.01))
    if "fails" in options:
        raise ValueError(options["fails"])
    return options.get("returns", what)
