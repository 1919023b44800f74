import asyncio


async def sentiment(ctx):
    await asyncio.sleep(5)
    return {"source": ctx.options["source"], "score": 0.5}


async def aggregate(ctx):
    await asyncio.sleep(1)
    return {name: found["score"] for name, found in ctx.results.items()}


CONNECTORS = {"sentiment_analyzer": sentiment, "aggregator": aggregate}
