PAYLOADS = {"outer": {"n": 4}, "inner": {"m": 4}}
