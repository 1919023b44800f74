PAYLOAD = {"text": "Rain."}
