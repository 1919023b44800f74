PAYLOAD = {"a": 1, "a b": "spaced"}
