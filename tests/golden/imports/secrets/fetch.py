from promptflow.core import tool


@tool
def fetch(url: str, token: str, headers: dict, text: str, key: str) -> str:
    return text
