PAYLOAD = {"kind": "refund", "vip": True}
CONNECTORS = {"pager": lambda ctx: "paged", "phone": lambda ctx: "rang"}
