import asyncio


async def search(ctx):
    await asyncio.sleep(1)
    return ["one", "two"]


async def writer(ctx):
    await asyncio.sleep(5)


PAYLOAD = {"question": "why?"}
CONNECTORS = {"search": search, "writer": writer, "archive": lambda ctx: "kept"}
