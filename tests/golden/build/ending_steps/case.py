import asyncio


async def tracker(ctx):
    await asyncio.sleep(2)
    return "tracked"


PAYLOAD = {"number": "A7", "urgent": True}
CONNECTORS = {"tracker": tracker}
