import os

os.environ["OPENAI_BASE_URL"] = "http://127.0.0.1:9"
os.environ.pop("OPENAI_API_KEY", None)
PAYLOAD = {"text": "lovely"}
