from typing import Any


def megaphone(ctx: Any) -> str:
    return str(ctx.payload["text"]).upper()


def marker(ctx: Any) -> str:
    raise ConnectionError("no marker")


def meter(ctx: Any) -> int:
    return len(ctx.payload["word"])


def audit(ctx: Any) -> None:
    return None


CONNECTORS = {
    "megaphone": megaphone,
    "marker": marker,
    "meter": meter,
    "audit": audit,
}
PAYLOAD = {"text": "a few words"}
