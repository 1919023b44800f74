PAYLOAD = {"title": "On Chains"}
