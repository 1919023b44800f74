import asyncio

CALLS = []


async def crm(ctx):
    """Fails twice, then answers."""
    CALLS.append(ctx.step)
    if len(CALLS) < 3:
        raise RuntimeError("the database is away")
    return {"calls": len(CALLS)}


async def mailer(ctx):
    """Never answers."""
    await asyncio.sleep(1000)


async def pager(ctx):
    """Stands in, and is not needed."""
    return "paged"


CONNECTORS = {"crm": crm, "mailer": mailer, "pager": pager}
PAYLOAD = {"text": "I want a refund."}
