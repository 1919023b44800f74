from promptflow.connections import CustomConnection
from promptflow.core import tool


@tool
def connected(link: CustomConnection, text: str) -> str:
    return text
