from functools import cache


def count(text, *, least=1): ...


async def named(ctx, *, flag): ...


def two(a, b): ...


def none(): ...


def any_(*args, **kwargs): ...


@cache
def decorated(y): ...
