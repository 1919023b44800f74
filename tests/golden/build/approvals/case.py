PAYLOAD = {"to": "Ann", "amount": 20}
