import json

LIMIT = 5
TEXT = json.dumps(LIMIT)
handler = None


def set_handler(function):
    global handler
    handler = function
