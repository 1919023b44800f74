class NotFound(Exception):
    status_code = 404


async def find(ctx):
    if ctx.step == "menu":
        raise NotFound("no menu")
    return {"id": "x"}


async def show(ctx):
    if ctx.options["town"] == "Ulm":
        raise ValueError("no picture")
    return ctx.options["town"]


async def draw(ctx):
    raise ConnectionError(f"no {ctx.step} map")


async def rate(ctx):
    raise TimeoutError("nobody rates")


async def write(ctx):
    if ctx.step == "hand_luggage":
        return "a small bag"
    raise NotFound(f"no {ctx.step}")


async def book(ctx):
    if ctx.step == "bags":
        raise ValueError("no room")
    return ctx.step


def note(ctx):
    return ctx.options


PAYLOAD = {"order": "7", "places": ["Bonn", "Ulm"]}
CONNECTORS = {
    "find": find,
    "show": show,
    "draw": draw,
    "rate": rate,
    "write": write,
    "book": book,
    "note": note,
}
