from dataclasses import KW_ONLY, InitVar, dataclass, field
from typing import ClassVar, NamedTuple

from elsewhere import Base, register
from pydantic import BaseModel, Field, model_validator


class Counter:
    def __init__(self, start, by=1): ...


class Empty:
    pass


@dataclass(frozen=True)
class Order:
    KIND: ClassVar[str] = "order"
    amount: float
    tags: list[str] = field(default_factory=list)
    note: str | None = None
    seen: int = field(default=0, init=False)
    source: InitVar[str] = "shop"


@dataclass
class Express(Order):
    _: KW_ONLY
    days: int


class Point(NamedTuple):
    x: int
    y: int = 0


class Row(BaseModel):
    title: str
    _cache: int = 0
    hits: int = Field(ge=0)
    words: list[str] = []


class Caller:
    def __call__(self, text): ...


call = Caller()


@register
class Decorated:
    def __init__(self, a): ...


class Heir(Base):
    def __init__(self, a): ...


class Meta(metaclass=type(Base)):
    def __init__(self, a): ...


@dataclass
class AnyNames:
    a: int

    def __init__(self, **kwargs): ...


class Aliased(BaseModel):
    title: str = Field(alias="Title")


class Filled(BaseModel):
    title: str

    @model_validator(mode="before")
    @classmethod
    def fill(cls, data): ...


@dataclass(init=False)
class Bare:
    a: int
