import asyncio


async def checker(ctx):
    await asyncio.sleep(2)
    raise ConnectionError("the archive is closed")


async def editor(ctx):
    await asyncio.sleep(1)
    return f"read {ctx.options['text']}"


PAYLOAD = {"text": "a long one"}
CONNECTORS = {
    "checker": checker,
    "editor": editor,
    "judge": lambda ctx: sorted(ctx.options["by"]),
    "pager": lambda ctx: "paged",
}
