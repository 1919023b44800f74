import asyncio


async def fetch(ctx):
    await asyncio.sleep(2 if ctx.step == "news" else 5)
    return ctx.step


CONNECTORS = {"fetch": fetch}
