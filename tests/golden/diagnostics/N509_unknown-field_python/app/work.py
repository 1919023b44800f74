from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal, NamedTuple, NotRequired, TypedDict

from elsewhere import Other, wrapped
from pydantic import BaseModel, Field


@dataclass
class Customer:
    name: str
    born: "date | None" = None

    @property
    def initials(self) -> str:
        return self.name[:1]

    def greet(self) -> str:
        return f"Hello {self.name}"


@dataclass
class Order:
    customer: Customer
    amount: float
    lines: "list[Line]" = field(default_factory=list)


class Line(TypedDict):
    text: str
    count: NotRequired[int]


class Place(NamedTuple):
    city: str
    street: str

    @property
    def label(self) -> str:
        return f"{self.street}, {self.city}"


class Row(BaseModel):
    title: str
    hits: Annotated[int, Field(ge=0)] = 0


class Session:
    def __init__(self, user):
        self.user = user


def count(text: str) -> int:
    return len(text)


async def order() -> Order: ...


def later() -> Awaitable[Order | None]: ...


def place() -> Place: ...


def rows() -> list[Row]: ...


def lines() -> Iterator[Line]:
    yield {"text": "a"}


async def items() -> AsyncIterator[Row]:
    yield Row(title="a")


def kind() -> Literal["a", "b"]: ...


def by_name() -> dict[str, Customer]: ...


@wrapped
def decorated() -> int: ...


def other() -> Other: ...


def mixed() -> int | Other: ...


class Animal(BaseModel):
    name: str


class Dog(Animal):
    race: str


def animal() -> Animal: ...


class Shown(NamedTuple):
    a: int

    def __getattr__(self, name): ...


def shown() -> Shown: ...


class Desk:
    def seat(self) -> Place: ...
