"""The queue of requests before a connection with a rate limit, for all event loops."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from threading import RLock

from .gate_places import GatePlace, call_on, running_loop

__all__ = ["Gate"]

RATE_WINDOW = 60.6
"""Seconds of a minute: servers count arrivals, and some overtake others on the way."""

TIMER_LATENESS = 0.1
"""Seconds that a busy queue may be late for a slot and still catch up."""

CLOCK_GRAIN = 1e-6
"""Seconds by which a timer may be early."""

LONGEST_BACK_OFF = 60.0
"""Seconds that a queue pauses at most after a 429 that does not say for how long."""


class Gate:
    """The queue before a connection: first come, first served.

    A request starts when it is the first in the queue, when its share of a minute has
    passed since the one before it, and when no minute, however laid, gets more
    requests or tokens than the limits say. One of more tokens than a minute has starts
    alone. Times are those of the event loops that share it, which have one clock.

    Without limits it only pauses; a request that waits for a permit is not queued then.

    The modules of a process share a gate, whichever made it: they call its methods
    with plain values and raise errors of their own. Event loops of several threads may
    do so: who lets a request start because it may start holds the `lock` from one to
    the other.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.seen: set[tuple[int | None, ...]] = set()
        self.stated: tuple[int | None, ...] = (None, None, None)
        self.learned: tuple[int | None, ...] = (None, None)
        self.is_limited = False
        self.requests: int | None = None
        self.tokens: int | None = None
        self.concurrent: int | None = None
        self.active = 0
        self.paused_until = 0.0
        self.back_off_seconds = 0.0
        # When the next request and the next token may go, evenly spaced.
        self.next_request = 0.0
        self.next_token = 0.0
        # The places that started in the last minute, and their tokens.
        self.log: deque[GatePlace] = deque()
        self.logged_tokens = 0
        # An ordered mapping, as a cancelled waiter must leave at once and in O(1).
        self.line: OrderedDict[GatePlace, None] = OrderedDict()
        self.line_tokens = 0
        self.timer: tuple[asyncio.AbstractEventLoop, asyncio.TimerHandle] | None = None

    def state(
        self, requests: int | None, tokens: int | None, concurrent: int | None
    ) -> None:
        """Add a module's limits, the first two per minute; the lowest of each holds."""
        limits = (requests, tokens, concurrent)
        with self.lock:
            if limits in self.seen:
                return
            self.seen.add(limits)
            self.stated = tuple(map(lower, self.stated, limits))
            self.is_limited = any(limit is not None for limit in self.stated)
            self.apply_limits()

    def learn(self, requests: int | None, tokens: int | None) -> None:
        """Add the limits per minute that the server states; those above ours do not count."""
        with self.lock:
            learned = (requests or self.learned[0], tokens or self.learned[1])
            if learned != self.learned:
                self.learned = learned
                self.apply_limits()

    def apply_limits(self) -> None:
        """Apply the lowest limits; the server's only where the spec has one."""
        requests, tokens, self.concurrent = self.stated
        self.requests = requests and lower(requests, self.learned[0])
        self.tokens = tokens and lower(tokens, self.learned[1])
        self.review()

    def place(self, tokens: int, deadline: float) -> GatePlace:
        """Return a request of about `tokens` tokens that must start before `deadline`."""
        return GatePlace(tokens, deadline)

    async def turn(self, place: GatePlace) -> bool:
        """Wait until a request may start; return `False` if that is sure to be too late.

        The caller then calls `start` or `leave`.
        """
        with self.lock:
            if place not in self.line:
                self.join(place)
        while not place.is_refused:
            with self.lock:
                if self.may_start(place):
                    return True
                waiter = place.waiter = asyncio.get_running_loop().create_future()
                if self.is_first(place):
                    self.arrange()
            try:
                await waiter
            finally:
                place.waiter = None  # it holds the loop, and the log holds the place
        return False

    def join(self, place: GatePlace) -> None:
        """Queue a request, unless it would start too late."""
        opening = self.opening(self.first() or place)
        at = self.earliest(opening, len(self.line), self.line_tokens)
        place.is_refused = at >= place.deadline
        if not place.is_refused:
            self.line[place] = None
            place.loop = asyncio.get_running_loop()
            place.share = self.share_of(place)
            self.line_tokens += place.share

    def leave(self, place: GatePlace) -> None:
        """Take a request out of the queue, if it is there."""
        with self.lock:
            was_first = self.is_first(place)
            self.remove(place)
            if was_first:
                self.arrange()

    def remove(self, place: GatePlace) -> None:
        """Forget a request's place in the queue."""
        place.loop = None
        if place in self.line:
            del self.line[place]
            self.line_tokens -= place.share

    def first(self) -> GatePlace | None:
        """Return the first request in the queue, but for those whose loops stand still."""
        while self.line and next(iter(self.line)).is_gone():
            self.remove(next(iter(self.line)))
        for place in self.line:
            if place.may_go_on(self.arrange):
                return place
        return None

    def is_first(self, place: GatePlace) -> bool:
        """Say whether a request is the first in the queue, or the queue is empty."""
        return self.first() in (None, place)

    def may_start(self, place: GatePlace) -> bool:
        """Say whether it is a request's turn, and there is room for it."""
        return self.is_first(place) and self.has_room(place)

    def has_room(self, place: GatePlace) -> bool:
        """Say whether a request may start right now, whatever is queued."""
        if self.concurrent is not None and self.active >= self.concurrent:
            return False
        now = self.now()
        return self.slot(place, now) <= now + CLOCK_GRAIN

    def now(self) -> float:
        """Return the time of the event loops."""
        loop = running_loop()
        return time.monotonic() if loop is None else loop.time()

    def start(self, place: GatePlace) -> None:
        """Start a request; `finish` has to be called when it has ended."""
        with self.lock:
            now = place.started = self.now()
            self.active += 1
            was_first = self.is_first(place)
            self.remove(place)
            if self.requests is not None:
                slot = caught_up(self.next_request, now)
                self.next_request = slot + RATE_WINDOW / self.requests
            if self.tokens is not None:
                place.tokens = self.share_of(place)
                slot = caught_up(self.next_token, now)
                self.next_token = slot + place.tokens * RATE_WINDOW / self.tokens
            if self.requests is not None or self.tokens is not None:
                place.is_logged = True
                self.log.append(place)
                self.logged_tokens += place.tokens
            if was_first:
                self.arrange()

    def settle(self, place: GatePlace, tokens: int) -> None:
        """Correct the tokens of a request that has started."""
        with self.lock:
            if self.tokens is None or not place.is_logged:
                return
            more = min(tokens, self.tokens) - place.tokens
            place.tokens += more
            self.logged_tokens += more
            self.next_token += more * RATE_WINDOW / self.tokens
            self.arrange()

    def finish(self, is_answered: bool) -> None:
        """Give back what a request that started has held."""
        with self.lock:
            self.active -= 1
            if is_answered:
                self.back_off_seconds = 0.0
            self.arrange()

    def pause(self, seconds: float) -> None:
        """Let nothing start for so long."""
        with self.lock:
            now = self.now()
            if now + seconds > max(now, self.paused_until):
                self.paused_until = now + seconds
                self.review()

    def back_off(self) -> None:
        """Pause after a 429 that did not say how long: longer with each one in a row."""
        with self.lock:
            if self.paused_until <= self.now():
                seconds = max(1.0, self.back_off_seconds * 2)
                self.back_off_seconds = min(seconds, LONGEST_BACK_OFF)
                self.pause(self.back_off_seconds)

    def share_of(self, place: GatePlace) -> int:
        """Return the tokens of a request, or those of a minute where it has more."""
        return place.tokens if self.tokens is None else min(place.tokens, self.tokens)

    def slot(self, place: GatePlace, now: float) -> float:
        """Return when a request may start if none is before it; it may lie in the past."""
        at = self.paused_until
        self.forget(now)
        log = self.log
        if self.requests is not None:
            at = max(at, self.next_request)
            if len(log) >= self.requests:
                at = max(at, log[len(log) - self.requests].started + RATE_WINDOW)
        if self.tokens is not None:
            at = max(at, self.next_token)
            excess = self.logged_tokens + self.share_of(place) - self.tokens
            for started in log:
                if excess <= 0:
                    break
                excess -= started.tokens
                at = max(at, started.started + RATE_WINDOW)
        return at

    def forget(self, now: float) -> None:
        """Drop from the log what is more than a minute ago."""
        log = self.log
        while log and log[0].started + RATE_WINDOW <= now + CLOCK_GRAIN:
            place = log.popleft()
            place.is_logged = False
            self.logged_tokens -= place.tokens

    def opening(self, first: GatePlace) -> float:
        """Return when the first in the queue can start at the earliest."""
        now = self.now()
        return max(now, self.slot(first, now))

    def earliest(self, opening: float, requests: int, tokens: int) -> float:
        """Return when a request can start at the earliest that has others before it.

        The first of them starts at `opening`; they are so many, with so many tokens.
        """
        at = opening
        if self.requests is not None:
            slot = max(self.next_request, opening - TIMER_LATENESS)
            at = max(at, slot + requests * RATE_WINDOW / self.requests)
        if self.tokens is not None:
            slot = max(self.next_token, opening - TIMER_LATENESS)
            at = max(at, slot + tokens * RATE_WINDOW / self.tokens)
        return at

    def review(self) -> None:
        """Refuse the queued requests that are now sure to start too late."""
        requests, tokens, opening = 0, 0, 0.0
        for place in list(self.line):
            if not requests:
                opening = self.opening(place)
            if self.earliest(opening, requests, tokens) >= place.deadline:
                self.refuse(place)
            else:
                requests += 1
                place.share = self.share_of(place)
                tokens += place.share
        self.line_tokens = tokens
        self.arrange()

    def refuse(self, place: GatePlace) -> None:
        """Refuse a request."""
        place.is_refused = True
        place.wake()
        self.remove(place)

    def arrange(self) -> None:
        """Wake the first in the queue if it may start, or else when it may."""
        with self.lock:
            if self.timer is not None:
                loop, timer = self.timer
                self.timer = None
                call_on(loop, timer.cancel)
            while (place := self.first()) is not None and place.loop is not None:
                if place.loop is not running_loop():
                    call_on(place.loop, self.arrange)
                    return
                now = self.now()
                slot = self.slot(place, now)
                if slot > now + CLOCK_GRAIN and slot >= place.deadline:
                    self.refuse(place)
                    continue
                if self.concurrent is not None and self.active >= self.concurrent:
                    return
                if slot <= now + CLOCK_GRAIN:
                    place.wake()
                else:
                    self.timer = place.loop, place.loop.call_at(slot, self.arrange)
                return


def lower(limit: int | None, other: int | None) -> int | None:
    """The lower one of two limits, where `None` is without a limit."""
    if limit is None or other is None:
        return other if limit is None else limit
    return min(limit, other)


def caught_up(slot: float, now: float) -> float:
    """From when on the next slot is counted: the slot that is taken, or now if it is old."""
    return slot if slot > now - TIMER_LATENESS else now
