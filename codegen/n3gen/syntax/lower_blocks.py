"""Lowering of values, steps and blocks of a tree to the nodes that they mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from n3gen.diagnostics import Label, Problems
from n3gen.source import SourceFile, Span
from n3gen.syntax.nodes import Mapping, Node, Scalar, Sequence
from n3gen.syntax.place_rules import article
from n3gen.syntax.rules import DuplicateKey, MisplacedBlock, UnexpectedText
from n3gen.syntax.slots import Slot
from n3gen.syntax.tree import Block, Body, Flow, Item, LongText, Pair, Statement, Value
from n3gen.syntax.words import WORDS

__all__ = ["Blocks", "Entries"]


@dataclass(slots=True)
class Entries:
    """The entries of a block of steps, and the block that an `else` may follow.

    `owner` is the word of the block around them.
    """

    items: list[tuple[Span, Node]] = field(default_factory=list)
    wrapper: Span | None = None
    branching: Mapping | None = None
    word: str = ""
    owner: str = ""

    def follow(self, word: str, mapping: Mapping | None) -> None:
        self.word, self.branching = word, mapping

    def append(self, block: Block, mapping: Mapping) -> None:
        """Add a block that another may continue."""
        self.follow(block.word, mapping)
        self.items.append((block.span, mapping))


@dataclass(frozen=True)
class Blocks:
    """Turn parts of a file's tree into nodes, reporting duplicates and misplaced parts."""

    file: SourceFile
    problems: Problems

    def label(self, span: Span) -> Label:
        return Label(self.file, span)

    def put(self, mapping: Mapping, key: str, span: Span, node: Node) -> None:
        mapping.put(key, span, node, self.file, self.problems)

    def value(self, value: Value) -> Node:
        if isinstance(value, Scalar):
            return value
        if isinstance(value, LongText):
            return value.scalar
        return self._flow(value)

    def _flow(self, flow: Flow) -> Node:
        if flow.opening == "[":
            nodes = [self.value(item.value) for item in flow.items]
            return Sequence(flow.span, [(node.span, node) for node in nodes])
        mapping = Mapping(flow.span)
        for item in flow.items:
            assert item.key is not None
            key = item.key
            self.put(mapping, str(key.value), key.span, self.value(item.value))
        return mapping

    def pair_value(self, pair: Pair) -> Node:
        if pair.value is not None:
            return self.value(pair.value)
        if pair.body is not None:
            return self.body_value(pair.body)
        return Scalar(None, pair.key.span)

    def body_value(self, body: Body) -> Node:
        """A body as data: a mapping of its keys, or a list of its items and blocks."""
        statements = [one for one in body.statements if not _is_lost(one)]
        if statements and not isinstance(statements[0], Pair):
            return self.steps(body, "a list")
        mapping = Mapping(body.span)
        for statement in statements:
            if isinstance(statement, Pair):
                self._put_pair(mapping, statement)
            else:
                label = self.label(_first_line(self.file, statement))
                self.problems.add(UnexpectedText.only("keys", "a mapping", label))
        return mapping

    def _put_pair(self, mapping: Mapping, pair: Pair) -> None:
        key = str(pair.key.value)
        self.put(mapping, key, pair.key.span, self.pair_value(pair))

    def steps(self, body: Body | None, where: str) -> Sequence:
        """The items and blocks of a body in which no keys can stand."""
        entries = Entries()
        statements = body.statements if body is not None else ()
        is_reported = False  # what follows a key are most often keys of the same step
        for statement in statements:
            if isinstance(statement, Pair):
                if not is_reported:
                    self._only_steps(where, statement)
                is_reported = True
            else:
                is_reported = False
                self._add(entries, statement)
        span = body.span if body is not None else Span(0, 0)
        return Sequence(span, entries.items)

    def _only_steps(self, where: str, pair: Pair) -> None:
        """Report a key where no keys can stand."""
        label, key = self.label(pair.key.span), str(pair.key.value)
        what, way_out = "items that begin with `-`", None
        if where != "a list":
            what = "steps"
            way_out = f"write `step some_name:` above it, and indent `{key}` below that"
        self.problems.add(UnexpectedText.only(what, where, label, way_out))

    def fill(
        self, mapping: Mapping, block: Block, key: str, always: bool = True
    ) -> None:
        """Put a block's keys into `mapping`, and its entries under the key for them."""
        entries = Entries(owner=block.word)
        for statement in block.body.statements if block.body is not None else ():
            if not isinstance(statement, Pair):
                self._add(entries, statement)
            elif statement.key.value == key and _holds_steps(statement):
                self._wrapped(entries, statement)
            else:
                entries.follow("", None)
                self._put_pair(mapping, statement)
        if always or entries.items or entries.wrapper is not None:
            span = entries.wrapper or block.word_span
            self.put(mapping, key, span, Sequence(block.span, entries.items))

    def _wrapped(self, entries: Entries, pair: Pair) -> None:
        """The entries below `steps:`."""
        key = str(pair.key.value)
        if entries.wrapper is not None:
            labels = (self.label(pair.key.span), self.label(entries.wrapper))
            self.problems.add(DuplicateKey.at(key, *labels))
        entries.wrapper = pair.key.span
        entries.items.extend(self.steps(pair.body, f"`{key}`").items)
        entries.follow("", None)

    def _add(self, entries: Entries, statement: Item | Block) -> None:
        if isinstance(statement, Block):
            if not statement.lost:
                self._add_block(entries, statement)
            return
        body = statement.body
        first = body.statements[0] if body is not None and body.statements else None
        if isinstance(first, Block):
            self._add(entries, first)
            return
        entries.follow("", None)
        if statement.value is not None:
            node = self.value(statement.value)
        elif body is not None:
            node = self.body_value(body)
        else:
            node = Scalar(None, statement.span)
        span = node.span if first is None else _first_line(self.file, first)
        entries.items.append((span, node))

    def _add_block(self, entries: Entries, block: Block) -> None:
        WORDS.blocks()[block.word].add(self, entries, block)

    def partner(
        self, entries: Entries, block: Block, partners: tuple[str, ...]
    ) -> Mapping | None:
        """The block that a branch continues; report one that continues none."""
        if entries.branching is not None and entries.word in partners:
            return entries.branching
        label = self.label(block.word_span)
        owner = entries.owner if entries.owner in partners else partners[0]
        last = entries.items[-1][1] if entries.items else None
        if "race" in (
            entries.owner,
            *(last.entries if isinstance(last, Mapping) else ()),
        ):
            self.problems.add(MisplacedBlock.of_race(block.word, label))
            return None
        alone = MisplacedBlock.alone(block.word, f"`{owner}`", label)
        self.problems.add(alone)
        return None

    def check_last(self, entries: Entries, partner: Mapping, block: Block) -> None:
        """Report a repeated branch that stands behind the last one."""
        for last in WORDS.branches(entries.word):
            if not last.repeated and last.word in partner.entries:
                place = f"the place after `{last.word}`"
                label = self.label(block.word_span)
                self.problems.add(MisplacedBlock.of(block.word, place, label))

    def put_parts(
        self, mapping: Mapping, block: Block, slots: tuple[Slot, ...]
    ) -> None:
        """Put the parts of a first line under their keys; the first must be there."""
        word = block.word_span
        for number, slot in enumerate(slots):
            parts = [one.scalar for one in block.parts if one.role == slot.role]
            if slot.several:
                items: list[tuple[Span, Node]] = [(one.span, one) for one in parts]
                plain = [(word, Scalar(one, word)) for one in slot.default]
                mapping.entries[slot.key] = (word, Sequence(word, items or [*plain]))
            elif parts:
                span = parts[0].span if number else word
                mapping.entries[slot.key] = (span, parts[0])
            elif number == 0:
                mapping.entries[slot.key] = (word, Scalar(slot.default, word))

    def put_name(self, mapping: Mapping, block: Block) -> None:
        name = block.part("name")
        if name is not None:
            self.put(mapping, "name", name.span, name)

    def fill_cases(self, mapping: Mapping, block: Block, key: str) -> None:
        """Put the keys and the cases of a block into `mapping`."""
        entries = Entries()
        entries.follow(block.word, mapping)
        mapping.entries[key] = (block.word_span, Sequence(block.span, entries.items))
        for statement in block.body.statements if block.body is not None else ():
            if isinstance(statement, Pair):
                self._put_pair(mapping, statement)
            elif isinstance(statement, Item):
                label = self.label(_first_line(self.file, statement))
                where = f"{article(block.word)} `{block.word}`"
                self.problems.add(UnexpectedText.only("`case`", where, label))
            elif not statement.lost:
                self._add_block(entries, statement)

    def fill_step(self, mapping: Mapping, block: Block) -> None:
        self.put_name(mapping, block)
        self.put_keys(mapping, block)

    def put_signature(self, mapping: Mapping, block: Block) -> None:
        """Put the name, the arguments and the type of a stage into `mapping`."""
        self.put_name(mapping, block)
        arguments = Mapping(block.span)
        key: Scalar | None = None
        for part in block.parts:
            if part.role == "argument":
                key = part.scalar
            elif part.role == "type" and key is not None:
                self.put(arguments, str(key.value), key.span, part.scalar)
        if arguments.entries:
            mapping.entries["input"] = (block.word_span, arguments)
        output = block.part("output")
        if output is not None:
            mapping.entries["output"] = (output.span, output)

    def put_keys(self, mapping: Mapping, block: Block) -> None:
        """Put the keys of a block's body, or of its value in braces, into `mapping`."""
        node: Node | None = None
        if block.value is not None:
            node = self.value(block.value)
        elif block.body is not None:
            clauses, rest = self._clauses(block.body)
            node = self.body_value(rest)
            if clauses is not None and isinstance(node, Mapping):
                self.put(node, *clauses)
                _in_order(node)
        if isinstance(node, Mapping):
            for name, (span, value) in node.entries.items():
                self.put(mapping, name, span, value)
        elif node is not None:
            label = self.label(block.word_span)
            what = f"{article(block.word)} `{block.word}`"
            self.problems.add(UnexpectedText.only("keys", what, label))

    def _clauses(self, body: Body) -> tuple[tuple[str, Span, Node] | None, Body]:
        """The clauses among the keys of a step, under their word, and the other keys.

        A key with the same word and steps below it is one of them.
        """
        first = next(filter(_is_among_keys, body.statements), None)
        if not isinstance(first, Block):
            return None, body
        word, entries = first.word, Entries()
        rest: list[Statement] = []
        for one in body.statements:
            if isinstance(one, Block) and one.word == word:
                self._add(entries, one)
            elif isinstance(one, Pair) and one.key.value == word and _holds_steps(one):
                self._add(entries, Block(word, one.span, (), None, one.body))
            else:
                rest.append(one)
        node = Sequence(body.span, entries.items)
        return (word, first.word_span, node), replace(body, statements=tuple(rest))


def _is_lost(statement: Statement) -> bool:
    """Whether it is a block that has been reported."""
    return isinstance(statement, Block) and statement.lost


def _in_order(mapping: Mapping) -> None:
    """Put the keys of a mapping in the order in which they are written."""
    entries = sorted(mapping.entries.items(), key=lambda item: item[1][0].start)
    mapping.entries.clear()
    mapping.entries.update(entries)


def _is_among_keys(statement: Statement) -> bool:
    return isinstance(statement, Block) and WORDS.blocks()[statement.word].among_keys


def _holds_steps(pair: Pair) -> bool:
    statements = pair.body.statements if pair.body is not None else ()
    return any(not isinstance(statement, Pair) for statement in statements)


def _first_line(file: SourceFile, statement: Statement) -> Span:
    """The span of a statement as far as it stands on its first line."""
    stop = file.text.find("\n", statement.span.start, statement.span.end)
    end = statement.span.end if stop < 0 else stop
    return Span(statement.span.start, end)
