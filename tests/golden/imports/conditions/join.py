from promptflow.core import tool

NOTHING = object()


@tool
def join(order="none", product=NOTHING, *, why=None, more: int = 1):
    return order or product
