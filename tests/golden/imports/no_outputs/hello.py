from promptflow import tool


@tool
def hello(text):
    return text
