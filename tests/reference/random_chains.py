"""Random chains over all constructs, as the data of a spec that compiles.

Times are drawn so that no two things happen in one moment by chance: where that would
leave open what comes first, so does the language. For the same reason what takes no time
fails only behind a call. A new construct is one function with `@drawn`.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

# These register what they draw: blocks before loops, on which what a seed gives depends.
from tests.reference import drawn_blocks, drawn_loops, drawn_steps  # noqa: F401
from tests.reference.chain_writer import Writer
from tests.reference.drawn_places import Data, Place, Traits

__all__ = ["Traits", "random_chains"]


def random_chains(
    seed: int, traits: Traits, pipeline: Callable[[Writer], Data] | None = None
) -> Data:
    """Return a spec of a chain `c` and a chain `sub` that it may call.

    At times it begins with one that `pipeline` draws.
    """
    random = Random(seed)
    # In a dag nothing waits for a delay, and so who asks first for a permit is left open.
    share = 0.0 if traits.limited else 0.25
    sub = Writer(random, traits, (), random.random() < share, is_called=True)
    main = Writer(random, traits, ("sub",), random.random() < share)
    depth = random.choice([1, 2, 2, 3])
    spec: Data = {"chains": {"sub": sub.chain(Place(1, is_apart=False))}}
    # Who asks first for a permit is left open where items arrive.
    if pipeline is not None and not traits.limited and random.random() < 0.35:
        writer = Writer(random, traits, ("sub",), False, is_called=True)
        spec["pipelines"] = {"line": pipeline(writer)}
        main.calls = ("sub", "line")
    # In a dag a pipeline may start in the same moment.
    spec["chains"]["c"] = main.chain(Place(depth, is_apart=not main.is_dag))
    if "pipelines" in spec:
        payload = {"n": "{{ payload.n }}", "k": "{{ payload.k }}"}
        step = {"name": main.name("s"), "kind": "chain", "target": "line"}
        steps = spec["chains"]["c"]["steps"]
        steps.insert(0, {**step, "payload": payload})
    if traits.timed:
        spec["states"] = {"total": {"type": "int", "default": 0}}
        spec["states"]["seen"] = {"type": "list[any]", "default": []}
        spec["states"]["known"] = {"type": "dict[str, int]", "default": {}}
    if main.channels:
        spec["channels"] = main.channels
    if traits.limited:
        spec["limits"] = {"db": 3, "part": {"permits": 2, "within": "db"}, "lock": 1}
    return spec
