from promptflow.core import ToolProvider, tool


class Asker(ToolProvider):
    def __init__(self, text):
        self.text = text

    @tool
    def ask(self, text):
        return text
