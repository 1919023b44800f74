import asyncio


async def fetch(ctx):
    await asyncio.sleep(int(ctx.options["id"]))
    if ctx.options["id"] == 1:
        raise ConnectionError("not there")
    return f"text {ctx.options['id']}"


async def classify(ctx):
    return "found" if ctx.options["text"] == "text 3" else "other"


PAYLOAD = {"docs": [{"id": n} for n in (1, 2, 3, 4)], "numbers": [1, 2, 3]}
CONNECTORS = {"fetch": fetch, "classify": classify}
