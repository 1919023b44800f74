from typing import Any

PAYLOAD = {"docs": ["one", "two"]}


async def answers(ctx: Any) -> Any:
    return {"score": 0.5}


async def fails(ctx: Any) -> None:
    raise ConnectionError("no line")


CONNECTORS = {"left": fails, "reader": answers, "right": answers, "writer": answers}
