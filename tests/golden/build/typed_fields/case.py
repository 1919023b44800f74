PAYLOAD = {
    "from": "me@example.com",
    "pages": 2,
    "scan": "scan.pdf",
    "patience": "PT1M30S",
    "reply-to": None,
}
