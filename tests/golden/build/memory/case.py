PAYLOAD = {"user": "ada", "text": "Where is my order?"}
