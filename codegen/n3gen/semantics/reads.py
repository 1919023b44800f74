"""What expressions read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from jinja2 import nodes

from n3gen.expressions import Parsed, Reference, parse_expression, parse_template
from n3gen.names import LAST_ROUND, fact_of, record_of
from n3gen.semantics.node_types import path_of
from n3gen.spec.entries import known_after
from n3gen.spec.model import (
    Actor,
    Chain,
    Connection,
    Connector,
    Entry,
    State,
    Step,
    Text,
)

__all__ = [
    "Text",
    "Written",
    "names_read",
    "parsed",
    "reads_end_of_run",
    "reads_within",
    "references_in",
    "references_of",
    "states_in",
    "states_read",
    "states_used",
    "variables_asked",
    "variables_read",
]

_OWN = frozenset(("name", "step", "payload", "options", "loop"))
"""What references to something of the chain begin with, not to the world around it."""

Written = Entry | Chain | Connector | Connection | State | Actor
"""The parts of a spec that have expressions of their own."""


def parsed(text: Text) -> Parsed:
    """The text as the room of expressions reads it."""
    form = parse_expression if text.form == "expression" else parse_template
    found = form(text.text)
    if not text.own:
        return found
    others = (one for one in found.references if one.name not in text.own)
    return replace(found, references=tuple(others))


def references_of(part: Written) -> frozenset[str]:
    """The names that the own texts of a part read: steps, loop variables, `payload`, `options`."""
    return references_in(part.texts())


def references_in(texts: Iterable[Text]) -> frozenset[str]:
    """The names of a chain that texts read, and each with the field read from it."""
    return frozenset(name for names in names_read(texts) for name in names)


def names_read(texts: Iterable[Text]) -> Iterator[tuple[str, ...]]:
    """The same names for each reference: the one that is read, then that with a field."""
    for text in texts:
        for reference in parsed(text).references:
            if reference.root in _OWN:
                yield _names_of(reference)


def _names_of(reference: Reference) -> tuple[str, ...]:
    if reference.fact:
        return (record_of(reference.name),)
    if reference.root == "loop":
        return (LAST_ROUND if reference.path == ("last",) else "loop",)
    fields = (fact_of(reference.name, field) for field in reference.path[:1])
    return (reference.name, *fields)


def states_read(part: Written) -> tuple[str, ...]:
    """The states that the own texts of a part read, each once, in order."""
    return states_in(part.texts())


def states_in(texts: Iterable[Text]) -> tuple[str, ...]:
    """The states that texts read, each once, in order."""
    read = (reference for text in texts for reference in parsed(text).references)
    return tuple(dict.fromkeys(one.name for one in read if one.root == "state"))


def states_used(part: Written) -> tuple[str, ...]:
    """The states that a part reads, changes or remembers in."""
    named = part.named_states if isinstance(part, Step) else ()
    return tuple(dict.fromkeys((*named, *states_read(part))))


def variables_read(part: Written) -> frozenset[str]:
    """Return the environment variables that a part's texts cannot do without."""
    read = frozenset(
        reference.name
        for text in part.texts()
        for reference in parsed(text).references
        if reference.root == "env" and not reference.optional
    )
    return read - variables_asked(part) if read else read


def variables_asked(part: Written) -> frozenset[str]:
    """Return the environment variables of which a part's texts ask if they are set."""
    found: set[str] = set()
    for text in part.texts():
        tree = parsed(text).tree if "defined" in text.text else None
        if tree is None:
            continue
        for test in (tree, *tree.find_all(nodes.Test)):
            if isinstance(test, nodes.Test) and test.name in ("defined", "undefined"):
                root, *names = path_of(test.node) or ("",)
                found.update(names if root == "env" else ())
    return frozenset(found)


def reads_end_of_run(entries: Iterable[Entry]) -> bool:
    """Say whether entries, or those in their blocks, read how the run ended."""
    for entry in entries:
        for text in entry.texts():
            found = parsed(text).references
            if any(one.root == "run" and one.path for one in found):
                return True
        if any(map(reads_end_of_run, entry.bodies)):
            return True
    return False


def reads_within(
    entries: Iterable[Entry],
    inner_texts: Callable[[Entry], Iterable[Text]] = lambda entry: entry.inner_texts(),
) -> frozenset[str]:
    """The names that entries read from around them, those in their blocks counted.

    `inner_texts` gives those that a block with bodies reads at the end of each.
    """
    found: set[str] = set()
    for entry in entries:
        if not entry.bodies:
            found |= references_of(entry)
            continue
        inner = references_in(inner_texts(entry))
        found |= references_in(entry.outer_texts())
        for body in entry.bodies:
            own = known_after(body).keys() | {*entry.binds, *entry.counts}
            found |= (reads_within(body, inner_texts) | inner) - own
    return frozenset(found)
