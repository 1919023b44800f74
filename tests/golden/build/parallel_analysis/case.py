import asyncio


def taking(seconds, answer):
    async def connector(ctx):
        await asyncio.sleep(seconds)
        return answer

    return connector


CONNECTORS = {
    "sentiment_analyzer": taking(2, "positive"),
    "entity_extractor": taking(2, ["n3gen"]),
    "topic_detector": taking(2, "software"),
    "summarizer": taking(1, "all well"),
}
