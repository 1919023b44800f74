"""Items that loops read, given and as they come over time."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

from n3gen.names import target_parts
from n3gen.project.simulation.call_profiles import CallProfile
from n3gen.project.simulation.draws import Draws, stream_of
from n3gen.project.simulation.watched_runs import RUN
from n3gen.project.targets import MissingFunction

__all__ = ["SimulatedStreams", "timed_items"]


class SimulatedStreams:
    """The functions that loops read, of which some have their items given."""

    def __init__(
        self,
        targets: Iterable[str],
        profiles: Mapping[str, CallProfile],
        seed: int,
        refuse: Callable[[str], Exception],
    ) -> None:
        self.profiles = profiles
        self.seed = seed
        self.refuse = refuse
        self.targets: dict[int, str] = {}
        for target in targets:
            path, attribute = target_parts(target)
            function = attrgetter(attribute)(importlib.import_module(path))
            self.targets[id(function)] = target

    def opening(self, open_stream: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap what opens a stream: one whose items are given calls nobody."""

        async def opened(stream: Any) -> None:
            target = self.targets.get(id(stream.function), "")
            profile = self.profiles.get(target, CallProfile())
            if profile.values is not None:
                stream.source = timed_items(target, profile, self.seed)
            elif isinstance(stream.function, MissingFunction):
                raise self.refuse(
                    f"a loop reads `{target}`, which cannot be imported: give its items "
                    "as `values` in the file that --calls names"
                )
            else:
                await open_stream(stream)

        return opened


async def timed_items(
    name: str, profile: CallProfile, seed: int
) -> AsyncGenerator[Any, None]:
    """Yield the items of a function or a channel, each after its latency."""
    stream, run = stream_of(seed, name), RUN.get()
    time = asyncio.get_running_loop().time
    for number, value in enumerate(profile.values or ()):
        if profile.latency is not None:
            share, since = Draws(stream, run.number, number).at(1), time()
            await asyncio.sleep(profile.latency.at(share))
            run.await_item(name, since, time())
        yield value
