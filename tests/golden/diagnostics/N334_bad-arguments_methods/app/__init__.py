"""Methods, as objects and classes have them, and other names of functions."""

import sys


class Shelf:
    @classmethod
    def make(cls, size: int): ...

    @staticmethod
    def fits(size: int, *, exact=False): ...

    async def add(self, n: int): ...

    def flush(self): ...


def search(q: str, n: int = 3): ...


if sys.platform == "win32":

    def limited(q): ...

else:

    def limited(*, quick): ...


shelf = Shelf()
find = search
rack = shelf
Rack = Shelf
other = limited
changed = search


def change():
    global changed
    changed = print
