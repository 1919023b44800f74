PAYLOAD = {
    "book": {"title": "Emma", "author": {"name": "Austen"}, "kind": "novel"},
    "shelves": {"a": [1, 2]},
    "floor": "ground",
    "extra": None,
}


def picker(ctx):
    return ctx.payload["book"] if ctx.step == "pick" else 3


CONNECTORS = {"picker": picker}
