from promptflow.core import tool


@tool
def hello(text):
    return text
