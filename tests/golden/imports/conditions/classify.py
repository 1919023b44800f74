import promptflow


@promptflow.tool()
async def classify(query: str) -> dict:
    return {"kind": "order"}
