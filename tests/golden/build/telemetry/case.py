PAYLOADS = {"answer": {"question": "why"}, "count": {"text": "abcd"}}
CONNECTORS = {"checker": lambda ctx: "checked", "spare": lambda ctx: "spare"}
