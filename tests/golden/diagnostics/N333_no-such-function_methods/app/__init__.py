"""Connectors as objects."""

from typing import Any


class Client:
    def search(self, text: str) -> list[str]:
        return [text]


class Open:
    def __getattr__(self, name: str) -> Any: ...


class Changed:
    def search(self, text: str) -> None: ...


class Derived(Client): ...


Changed.find = print  # type: ignore[attr-defined]

client = Client()
other: Client = Client()
opened = Open()
changed = Client()
changed.find = print  # type: ignore[attr-defined]
