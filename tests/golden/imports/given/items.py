from promptflow.core import tool


@tool
def items(text):
    yield from text
