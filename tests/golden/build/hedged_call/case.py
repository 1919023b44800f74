import asyncio


async def small(ctx):
    await asyncio.sleep(9)
    return "later"


async def large(ctx):
    await asyncio.sleep(1)
    return f"an answer to {ctx.options['question']}"


async def judge(ctx):
    await asyncio.sleep(1)
    return len(ctx.options["text"])


PAYLOAD = {"question": "why?"}
CONNECTORS = {"small": small, "large": large, "judge": judge}
