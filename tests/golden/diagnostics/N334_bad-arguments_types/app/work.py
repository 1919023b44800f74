import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any as Other
from typing import Optional


@dataclass
class Order:
    id: int


def double(n: int): ...


def maybe(n: Optional[int], m: "int | None", k: int = None): ...  # noqa: RUF013, UP045


def texts(s: str, many: list[str], by: dict[str, int]): ...


def times(day: date, length: timedelta, key: uuid.UUID): ...


def order(given: Order): ...


def open_(a: Other, b: Sequence, c: int | Other, d): ...


def told(ctx: Order): ...


async def rows(start: int): ...


class Counter:
    def __init__(self, start: int = 0): ...

    def add(self, by: float): ...
