PAYLOAD = {
    "books": [{"title": "A"}, {"title": "B"}],
    "films": [{"minutes": 3}],
    "by_year": {"y": {"minutes": 2}},
}
