"""The canonical shape of the root mapping of a file.

Both spellings meet here: one chain on top becomes one of `chains`, `step: x` becomes
`name: x`, a single `case` or kind of error a list, a condition that looks like a number
a text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from n3gen.diagnostics import Label, Problems
from n3gen.source import SourceFile, Span
from n3gen.syntax.document import TextMap
from n3gen.syntax.nodes import Mapping, Node, Scalar, Sequence
from n3gen.syntax.rules import DuplicateKey, ExpectedName, StepsWithoutChain
from n3gen.syntax.words import WORDS, Context

__all__ = ["canonical"]


@dataclass(frozen=True, slots=True)
class _Keys:
    """What the declared blocks say of keys; rebuilt for each file."""

    top: frozenset[str]
    records: frozenset[str]
    bodies: dict[str, str]
    conditions: frozenset[str]
    lists: frozenset[str]
    maybe_lists: frozenset[str]
    others: dict[str, Context]

    @classmethod
    def of_blocks(cls) -> _Keys:
        blocks = WORDS.blocks().values()
        definitions = WORDS.definitions()
        uses = (one.word for one in blocks if one.body is None)
        maybe = {
            one.entries for one in blocks if one.plain_key and one.sign == one.entries
        }
        maybe |= {
            key
            for one in blocks
            if not one.sign
            for key in one.held()
            if not one.partners
        }
        held = {key: context for one in blocks for key, context in one.held().items()}
        lists = {key for key, one in held.items() if one is Context.STEPS}
        return cls(
            frozenset((*definitions, *uses)),
            frozenset(key for key, one in definitions.items() if one.record),
            {key: one.entries for key, one in definitions.items() if one.entries},
            frozenset(key for one in blocks for key in one.conditions()),
            frozenset(lists - maybe),
            frozenset(maybe),
            {key: one for key, one in held.items() if one is not Context.STEPS},
        )


def canonical(root: Mapping, file: SourceFile, problems: Problems) -> Mapping:
    """The canonical form of a file's root; `root` stays as it is."""
    shape = _Shape(file, problems, _Keys.of_blocks())
    top = shape.hoisted(root)
    result = Mapping(top.span)
    for key, (span, node) in top.entries.items():
        result.entries[key] = (span, shape.section(key, node))
    return result


@dataclass(frozen=True, slots=True)
class _Shape:
    file: SourceFile
    problems: Problems
    keys: _Keys

    def put(self, mapping: Mapping, key: str, span: Span, node: Node) -> None:
        mapping.put(key, span, node, self.file, self.problems)

    def hoisted(self, root: Mapping) -> Mapping:
        """The root with the one chain of `chain: NAME` moved into `chains`."""
        name = root.entries.get("chain")
        if name is None or not isinstance(name[1], Scalar):
            return self._without_steps(root)
        if name[1].value is None and "steps" in root.entries:
            label = Label(self.file, name[0])
            missing = ExpectedName.missing("chain:", label, "chain: some_name")
            self.problems.add(missing)
        if name[1].value is None:
            return root
        if not isinstance(name[1].value, str):
            label = Label(self.file, name[1].span)
            text = self.file.text[name[1].span.start : name[1].span.end]
            self.problems.add(ExpectedName.of(text, label))
        chain = Mapping(root.span)
        top = Mapping(root.span)
        chains = Mapping(root.span)
        top.entries["chains"] = (name[0], chains)
        for key, (span, node) in root.entries.items():
            if key == "chains" and isinstance(node, Mapping):
                chains.entries.update(node.entries)
            elif key in self.keys.top:
                self.put(top, key, span, node)
            elif key != "chain":
                chain.entries[key] = (span, node)
        self.put(chains, str(name[1].value), name[1].span, chain)
        return top

    def _without_steps(self, root: Mapping) -> Mapping:
        if "steps" not in root.entries:
            return root
        label = Label(self.file, root.entries["steps"][0])
        way_out = "add `chain: some_name` above, or put them under `chain some_name:`"
        self.problems.add(StepsWithoutChain.of("steps", label, way_out))
        rest = {key: entry for key, entry in root.entries.items() if key != "steps"}
        return Mapping(root.span, rest)

    def section(self, key: str, node: Node) -> Node:
        if key == "use" and isinstance(node, Scalar) and isinstance(node.value, str):
            return Sequence(node.span, [(node.span, node)])
        if key not in self.keys.records:
            return node
        node = _or_empty(node)
        if not isinstance(node, Mapping):
            return node
        inner = self.keys.bodies.get(key)
        result = Mapping(node.span)
        for name, (span, value) in node.entries.items():
            result.entries[name] = (span, self._record(_or_empty(value), inner))
        return result

    def _record(self, node: Node, inner: str | None) -> Node:
        """A chain or a pipeline with its entries in `inner` made canonical."""
        if inner is None or not isinstance(node, Mapping) or inner not in node.entries:
            return node
        span, steps = node.entries[inner]
        entries = {**node.entries, inner: (span, self.steps(steps))}
        return Mapping(node.span, entries)

    def steps(self, node: Node) -> Node:
        """A list of entries; nothing at all is an empty one."""
        if isinstance(node, Scalar) and node.value is None:
            return Sequence(node.span)
        return self._each(node, self.entry)

    def _each(self, node: Node, change: Callable[[Node], Node]) -> Node:
        if not isinstance(node, Sequence):
            return node
        items = [(span, change(item)) for span, item in node.items]
        return Sequence(node.span, items)

    def entry(self, node: Node) -> Node:
        """A step or a block."""
        if not isinstance(node, Mapping):
            return node
        block = WORDS.control_of(_plain(node))
        listed = block.listed() if block is not None else ()
        result = Mapping(node.span)
        for key, (span, value) in node.entries.items():
            is_name = key in ("step", "stage") and block is None
            if is_name and "name" in node.entries:
                named = node.entries["name"][0]
                labels = Label(self.file, span), Label(self.file, named)
                self.problems.add(DuplicateKey.of_name(key, *labels))
            elif is_name:
                self.put(result, "name", span, value)
            elif key in listed:
                self.put(result, key, span, _listed(value))
            else:
                self.put(result, key, span, self._entry_value(key, value))
        return result

    def _entry_value(self, key: str, node: Node) -> Node:
        if key in self.keys.lists:
            return self.steps(node)
        if key in self.keys.maybe_lists:
            return self._each(node, self.entry)
        if key in self.keys.others:
            return self._each(node, self.branch)
        if key in self.keys.conditions:
            return self._condition(node)
        return node

    def branch(self, node: Node) -> Node:
        """A mapping among the branches or the cases of a block."""
        is_case = isinstance(node, Mapping) and "case" in node.entries
        return self._case(node) if is_case else self.entry(node)

    def _case(self, node: Node) -> Node:
        if not isinstance(node, Mapping):
            return node
        result = Mapping(node.span)
        for key, (span, value) in node.entries.items():
            if key == "steps":
                value = self.steps(value)
            elif key == "case":
                value = _listed(value)
            result.entries[key] = (span, value)
        return result

    def _condition(self, node: Node) -> Node:
        """A condition is a text, `true` and `5` too."""
        if not isinstance(node, Scalar) or node.value is None:
            return node
        if isinstance(node.value, str):
            return node
        text = self.file.text[node.span.start : node.span.end]
        return Scalar(text, node.span, TextMap(((0, node.span.start),)))


def _plain(node: Mapping) -> dict[str, object]:
    """The keys of a mapping, with an empty list for each of its lists."""
    return {
        key: [] if isinstance(one, Sequence) else None
        for key, (_, one) in node.entries.items()
    }


def _listed(node: Node) -> Node:
    """A single value as a list of one."""
    if isinstance(node, Scalar) and node.value is not None:
        return Sequence(node.span, [(node.span, node)])
    return node


def _or_empty(node: Node) -> Node:
    """A definition without a body is an empty one."""
    if isinstance(node, Scalar) and node.value is None:
        return Mapping(node.span)
    return node
