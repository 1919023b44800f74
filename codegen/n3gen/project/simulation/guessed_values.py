"""Values for what has no type, made so that the expressions which read them can be worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from jinja2 import nodes

from n3gen.expressions import parse_expression
from n3gen.semantics.reads import parsed
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Block, Chain, For

__all__ = ["Guess", "guesses_of"]

_TEXT: Final = "simulated"
_NUMERIC: Final = (
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod),
    *(nodes.Pow, nodes.Neg, nodes.Pos),
)


@dataclass
class Guess:
    """What is known of a value by how it is read.

    `fields` are those that are read, `items` that it is gone through, and `constants`
    what it is compared with.
    """

    fields: dict[str, Guess] = field(default_factory=dict)
    items: Guess | None = None
    constants: list[Any] = field(default_factory=list)

    def at(self, path: Iterable[str]) -> Guess:
        """Return what is known of a field."""
        found = self
        for name in path:
            found = found.fields.setdefault(name, Guess())
        return found

    def value(self, random: Random) -> Any:
        """Return a value that is as it is read."""
        if self.fields:
            return {name: one.value(random) for name, one in self.fields.items()}
        if self.items is not None:
            return [self.items.value(random) for _ in range(3)]
        if not self.constants:
            return _TEXT
        chosen = random.choice(self.constants)
        if isinstance(chosen, bool):
            return random.random() < 0.5
        if isinstance(chosen, int | float):
            # On either side of what it is compared with.
            number = random.uniform(0, 2 * chosen or 1)
            return round(number) if isinstance(chosen, int) else round(number, 3)
        return chosen


def guesses_of(chain: Chain) -> dict[str, Guess]:
    """Return what is known of the payload and the steps of a chain, by their names."""
    root = Guess()
    variables: dict[str, tuple[str, ...]] = {}
    for entry in every_entry(chain.steps):
        if isinstance(entry, Block) and entry.name and entry.bodies:
            # The value of a block is that of its last step, or a list of these.
            last = entry.bodies[0][-1].name if entry.bodies[0] else None
            if last is not None:
                variables[entry.name] = (last,)
        if isinstance(entry, For) and entry.stream is None:
            path = _path(parse_expression(entry.items).tree)
            if path:
                found = root.at(_resolved(path, variables))
                found.items = found.items or Guess()
                root.fields[f"{entry.variable} "] = found.items
                variables[entry.variable] = (f"{entry.variable} ",)
    for part in (chain, *every_entry(chain.steps)):
        for text in part.texts():
            tree = parsed(text).tree
            if tree is not None:
                _read(tree, root, variables)
    return root.fields


def _read(
    tree: nodes.Node, root: Guess, variables: Mapping[str, tuple[str, ...]]
) -> None:
    """Add what an expression or a template says of what it reads."""
    for path in _paths(tree):
        root.at(_resolved(path, variables))
    inside = [tree, *tree.find_all(nodes.Node)]
    for compared in (node for node in inside if isinstance(node, nodes.Compare)):
        sides: list[nodes.Node] = [compared.expr, *(op.expr for op in compared.ops)]
        for side in sides:
            if path := _path(side):
                found = root.at(_resolved(path, variables))
                found.constants += [
                    other.value for other in sides if isinstance(other, nodes.Const)
                ]
    for node in (node for node in inside if isinstance(node, _NUMERIC)):
        for side in node.iter_child_nodes():
            if path := _path(_unfiltered(side)):
                root.at(_resolved(path, variables)).constants.append(1)


def _unfiltered(node: nodes.Node) -> nodes.Node:
    """What filters are given in the end: `a` of `a | max`."""
    while isinstance(node, nodes.Filter) and node.node is not None:
        node = node.node
    return node


def _paths(tree: nodes.Node) -> Iterator[tuple[str, ...]]:
    """The longest paths of names that a tree reads."""
    if path := _path(tree):
        yield path
        return
    for node in tree.iter_child_nodes():
        yield from _paths(node)


def _path(node: nodes.Node | None) -> tuple[str, ...]:
    """The names of `a.b.c`; empty for anything else."""
    names: list[str] = []
    found: Any = node
    while isinstance(found, nodes.Getattr):
        names.append(found.attr)
        found = found.node
    if not isinstance(found, nodes.Name):
        return ()
    names.append(found.name)
    return tuple(reversed(names))


def _resolved(
    path: tuple[str, ...], variables: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """A path in what the chain knows: `payload`, steps, and the items of loops."""
    root, *rest = path
    if root == "input":
        return ("payload", *rest)
    if root == "steps" and rest:
        return tuple(rest)
    return (*variables.get(root, (root,)), *rest)
