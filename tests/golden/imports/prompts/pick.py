from promptflow.core import tool


@tool
def pick(text: str) -> str:
    return text
