PAYLOADS = {
    "count": {"words": ["one", "three", "fifteen"], "mean": 3.5},
    "rest": None,
}
