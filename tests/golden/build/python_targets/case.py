PAYLOAD = {"text": "the quick brown fox jumps"}
CONNECTORS = {"score": lambda ctx: len(ctx.results["words"]) * ctx.options["weight"]}
