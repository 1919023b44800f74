from promptflow.core import log_metric, tool


@tool
def sum_up(grades: list, sizes: list, metrics: list) -> dict:
    log_metric("mean", 1)
    return {"mean": 1}
