import os

API_KEY = os.environ["RUN_API_KEY"]


def main(arg, other, sec):
    # ...
    return {"result": ("Bearer " + os.environ["RUN_KEY"] + " ") + arg}
