from promptflow.core import tool


@tool
def shorten(text: str, limit: int, least: int, marks: list, exact: bool, note: str, template="") -> str:
    return text[:limit]
