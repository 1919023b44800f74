"""What has no effect: idle `parallel`, unused results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from n3gen.check.bare_expressions import bare_reads
from n3gen.check.named_paths import names_of, spelled_names
from n3gen.check.names import RESERVED
from n3gen.check.rules.graph_rules import IdleParallel, TextNamesStep, UnusedResult
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.asked import asked_by, called_connector
from n3gen.semantics.read_entries import read_entries
from n3gen.semantics.reads import Text, parsed
from n3gen.semantics.tree import Block, Spot, Tree, described
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import (
    Chain,
    Connector,
    ConnectorStep,
    HttpStep,
    ModelStep,
    Place,
    PythonStep,
    Spec,
    StateStep,
    Step,
    ValueStep,
)
from n3gen.spec.values import shown

__all__ = ["check_unused", "is_value_of_block", "reads_all"]

_PATH = re.compile(r"\w+(\.\w+)*")


def check_unused(
    chain: Chain, spec: Spec, tree: Tree, places: Places
) -> Iterator[Diagnostic]:
    """`parallel` that does nothing, and results that nothing uses.

    Nothing is said of a chain whose order could not be found.
    """
    if any(block.order is None for block in tree.blocks):
        return
    for block in tree.blocks:
        if block.schedule == "file":
            yield from _idle(block, places)
    named = _named_texts(chain, tree)
    for text in named:
        place = Place(chain.place.path, (*chain.place.loc, *text.keys))
        yield TextNamesStep.of(shown(text.text), places.value(place))
    if not named:
        yield from _unused(chain, spec, tree, places)


def _named_texts(chain: Chain, tree: Tree) -> list[Text]:
    """Texts of the result that are the name of a step, or of a field of its value."""
    return [
        text
        for text in chain.texts()
        if _PATH.fullmatch(text.text) and text.text.partition(".")[0] in tree.names
    ]


def _idle(block: Block, places: Places) -> Iterator[Diagnostic]:
    """Parallel entries that nothing can run beside."""
    for index, entry in enumerate(block.entries):
        if entry.parallel and block.order is not None:
            region = block.order.regions[block.order.region_of(index)]
            if len(region) == 1 and region[0] not in block.order.loose:
                label = places.value(entry.place / "parallel")
                yield IdleParallel.of(described(entry), label)


def _unused(
    chain: Chain, spec: Spec, tree: Tree, places: Places
) -> Iterator[Diagnostic]:
    """Steps without any effect but a result that is sure to be unused.

    The last batch of a block is its value, and what is named in a `depends_on`
    was thought of; a function that is given at run time may read every result
    that is there when it is called. Where an expression does not parse, nobody
    knows what it reads, and nothing is said.
    """
    parts = (chain, *every_entry(chain.steps))
    if any(parsed(text).faults for part in parts for text in part.texts()):
        return
    used = read_entries(chain, tree)
    named = {
        name
        for spot in tree.spots()
        if isinstance(spot.entry, Step)
        for name in (*spot.entry.depends_on, spot.entry.cancelled)
    }
    # What an expression without braces was to read: its text is reported, and only that.
    known = names_of(chain)
    named |= {name for part in parts for name in bare_reads(part, known, places)}
    named |= spelled_names(tree, places)
    connectors = {connector.name: connector for connector in spec.connectors}
    last_caller = max(
        (
            _region(spot)
            for spot in tree.spots()
            if isinstance(spot.entry, Step) and reads_all(spot.entry, connectors)
        ),
        default=-1,
    )
    for spot in tree.spots():
        step = spot.entry
        if not isinstance(step, Step) or not _is_pure(step, connectors):
            continue
        # Another finder reports names that cannot be read.
        is_known = step.name in named | tree.doubled | RESERVED
        is_read = spot in used or is_known or _region(spot) <= last_caller
        if not is_read and not is_value_of_block(chain, spot):
            yield UnusedResult.of(shown(step.name), places.name(step.place))


def _region(spot: Spot) -> int:
    """Which of the regions of the chain's own block a spot is in, by way of its blocks."""
    *_, top = spot.upward()
    return top.block.order.region_of(top.index) if top.block.order else -1


def _is_pure(step: Step, connectors: Mapping[str, Connector]) -> bool:
    """Whether the step is sure to do nothing besides making its result."""
    if _calls_given(step, connectors) or any(
        asked.tools for asked in asked_by(step, connectors)
    ):
        return False
    if step.memory is not None:
        return False
    if isinstance(step, StateStep):
        return not step.operations
    if isinstance(step, HttpStep):
        return step.method in ("GET", "HEAD", "OPTIONS")
    return isinstance(step, ConnectorStep | ModelStep | ValueStep)


def _calls_given(step: Step, connectors: Mapping[str, Connector]) -> bool:
    """Whether the step may call what is given at run time in a connector's place."""
    target = called_connector(step, connectors)
    if step.called is not None and target is None:
        return True
    fallbacks = step.fallback or (target.fallback if target is not None else ())
    return any(fallback.connector not in connectors for fallback in fallbacks)


def reads_all(step: Step, connectors: Mapping[str, Connector]) -> bool:
    """Whether the step calls a function that gets all results so far."""
    is_given = isinstance(step, PythonStep) or _calls_given(step, connectors)
    has_arguments = getattr(step, "with_", None) is not None
    return is_given and (not has_arguments or bool(step.fallback))


def is_value_of_block(chain: Chain, spot: Spot) -> bool:
    """Whether the result is, alone or among others, the value of its block."""
    parent = None if spot.block.parent is None else spot.block.parent.entry
    if getattr(parent or chain, "has_result", False):
        return False
    if parent is not None and not parent.has_value:
        return False
    if parent is not None and parent.runs_together:
        return True
    return spot.block.order is None or spot.index in spot.block.last
