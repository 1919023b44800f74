"""Names whose values steps pass on as they are, and what is asked before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jinja2 import nodes

from n3gen.semantics.guards import Paths, is_condition, own_path, read_paths
from n3gen.semantics.reads import parsed
from n3gen.spec.model import Entry, ValueStep
from n3gen.spec.texts import Text

__all__ = ["conditions_of", "names_passed", "passed_on"]


def passed_on(step: ValueStep) -> Iterator[tuple[Text, str]]:
    """Yield the names of which a step makes its value or a part of it, unchanged."""
    for text in step.own_texts():
        read = parsed(text)
        if read.is_single and read.tree is not None and not read.faults:
            for node in names_passed(read.tree):
                yield text, own_path(node)[0]


def names_passed(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield the names that an expression may come to, unless it asks for them itself."""
    match node:
        case nodes.Name() | nodes.Getattr() | nodes.Getitem():
            if len(own_path(node)) == 1:
                yield node
        case nodes.CondExpr(test=test, expr1=one, expr2=other):
            asked = read_paths(test)
            for branch in (one, other):
                for name in names_passed(branch) if branch is not None else ():
                    if own_path(name) not in asked:
                        yield name
        case nodes.Or(left=name, right=nodes.Const(value=None)) | nodes.Or(right=name):
            yield from names_passed(name)
        case nodes.And(left=one, right=other):
            yield from names_passed(one)
            asked = read_paths(one)
            yield from (n for n in names_passed(other) if own_path(n) not in asked)
        case _:
            pass


def conditions_of(entries: Iterable[Entry]) -> Paths:
    """Return the paths that the conditions of entries read."""
    found: Paths = frozenset()
    for entry in entries:
        for text in entry.texts():
            if is_condition(text):
                tree = parsed(text).tree
                found |= read_paths(tree) if tree is not None else frozenset()
    return found
