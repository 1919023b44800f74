import asyncio


async def fetch(ctx):
    await asyncio.sleep(3 if ctx.step == "a" else 1)
    return ctx.step


CONNECTORS = {"fetch": fetch}
