import asyncio


async def query(ctx):
    await asyncio.sleep(1)
    return ctx.step


CONNECTORS = {"query": query}
