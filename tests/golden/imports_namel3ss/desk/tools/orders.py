def look_up(payload: dict) -> dict:
    return {"state": "sent", "price": 10}
