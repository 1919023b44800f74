from promptflow.core import tool


@tool
def look_up(query: str) -> str:
    return query
