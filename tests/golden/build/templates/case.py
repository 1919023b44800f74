PAYLOAD = {"topic": "tea time", "notes": [" boil ", "pour"]}
