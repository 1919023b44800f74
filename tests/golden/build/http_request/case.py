PAYLOAD = {"city": 7}
