PAYLOAD = {"long": True, "text": "a long one", "team": "refund", "parts": ["a", "bc"]}
