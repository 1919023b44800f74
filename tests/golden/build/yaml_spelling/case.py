PAYLOAD = {"text": "so good"}
CONNECTORS = {
    "sentiment_analyzer": lambda ctx: {"score": 0.9, "source": ctx.options["source"]},
    "topics": lambda ctx: "tea",
    "pager": len,
    "phone": len,
}
