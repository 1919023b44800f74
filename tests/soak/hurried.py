"""What campaigns leave out of most of their rounds, as it takes most of the time."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.building import unformatted

__all__ = ["garbage_waits", "hurried"]


@contextmanager
def garbage_waits() -> Iterator[Callable[[], int]]:
    """Log nothing, and collect garbage when what is given is called."""
    logging.disable(logging.CRITICAL)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield gc.collect
    finally:
        gc.enable()
        gc.unfreeze()
        logging.disable(logging.NOTSET)


@contextmanager
def hurried() -> Iterator[Callable[[], int]]:
    """Do without both: modules are not formatted, and garbage is collected on demand."""
    with garbage_waits() as collect, unformatted():
        yield collect
