from promptflow.core import tool


@tool
def hello(a, b, c):
    return {"a b": {"c": [a, b, c]}}
