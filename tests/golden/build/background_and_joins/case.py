import asyncio


async def waits(ctx):
    await asyncio.sleep(ctx.options.get("seconds", 1))
    return ctx.step


PAYLOAD = {"question": "why?"}
CONNECTORS = dict.fromkeys(("searcher", "writer", "reviewer", "judge"), waits)
