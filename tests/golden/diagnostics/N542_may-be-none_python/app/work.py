from dataclasses import dataclass

from elsewhere import Other


@dataclass
class User:
    name: str
    mail: str = None


def find(name: str) -> User | None: ...


async def age() -> int | None: ...


def other() -> "Other | None": ...


def log(text: str) -> None: ...


def unsaid(text: str): ...


class Store:
    async def put(self, item) -> None: ...
