import typing as t
from collections.abc import Generator, Iterable

Scores = list[int]


def score(text: str) -> int: ...


def share(text: str) -> float: ...


def kind(text: str) -> t.Literal["spam", "ham"]: ...


def names() -> list[str]: ...


def pairs() -> Generator[tuple[str, int], None, None]:
    yield "a", 1


def numbers():
    yield 1


def inner() -> int:
    def rows():
        yield 1

    return sum(rows())


def either() -> int | str: ...


def alias() -> Scores: ...


def many() -> Iterable[int]: ...


class Model:
    def guess(self) -> bool: ...


model = Model()
