from promptflow.core import tool


@tool
def one(text): ...


@tool
def two(text): ...
