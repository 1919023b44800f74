import json


def main(body: str) -> dict:
    return {"text": json.loads(body)["state"], "days": [1]}
