import asyncio


async def reader(ctx):
    await asyncio.sleep(1)
    return f"text of {ctx.options['page']}"


CONNECTORS = {"reader": reader}
PAYLOADS = {"read_book": {"pages": 7}}
