PAYLOAD = {"text": "Where is my invoice? I need it for the refund."}
