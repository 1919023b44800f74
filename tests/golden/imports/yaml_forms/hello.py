from promptflow.core import tool


@tool
def hello(text, **more):
    return text
