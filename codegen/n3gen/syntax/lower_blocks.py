"""Takes the values, steps and blocks of a tree; hands on the nodes that they mean."""

from __future__ import annotations

from dataclasses import dataclass, field

from n3gen.diagnostics import Label, Problems
from n3gen.source import SourceFile, Span
from n3gen.syntax.block_rules import article
from n3gen.syntax.nodes import Mapping, Node, Scalar, Sequence
from n3gen.syntax.rules import DuplicateKey, MisplacedBlock, UnexpectedText
from n3gen.syntax.tree import Block, Body, Flow, Item, LongText, Pair, Statement, Value

__all__ = ["Blocks", "word_span"]

_LISTS = {
    "chain": "steps",
    "pipeline": "stages",
    "if": "then",
    "elif": "then",
    "parallel": "parallel",
    "finally": "finally",
}
"""The key that a block's entries go under, where it is not `steps`."""

_ROLES = {
    "if": (("condition", "if"),),
    "elif": (("condition", "if"),),
    "match": (("subject", "match"),),
    "while": (("condition", "while"), ("max", "max")),
    "for": (("variable", "for"), ("items", "in"), ("parallel", "parallel")),
    "race": (("count", "race"),),
    "within": (("time", "within"),),
}
"""The parts of a block's first line, and the key of each; the first must be there."""


@dataclass(slots=True)
class _Entries:
    """The entries of a block of steps, and the block that an `else` may follow."""

    items: list[tuple[Span, Node]] = field(default_factory=list)
    wrapper: Span | None = None
    branching: Mapping | None = None
    word: str = ""

    def follow(self, word: str, mapping: Mapping | None) -> None:
        self.word, self.branching = word, mapping


@dataclass(frozen=True)
class Blocks:
    """Turns parts of a file's tree into nodes; duplicates and misplaced parts are told."""

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
        statements = body.statements
        if statements and not isinstance(statements[0], Pair):
            return self.steps(body, "a list")
        mapping = Mapping(body.span)
        for statement in statements:
            if isinstance(statement, Pair):
                self._put_pair(mapping, statement)
            elif not (isinstance(statement, Block) and statement.lost):
                label = self.label(_first_line(self.file, statement))
                self.problems.add(UnexpectedText.only("keys", "a mapping", label))
        return mapping

    def _put_pair(self, mapping: Mapping, pair: Pair) -> None:
        key = str(pair.key.value)
        self.put(mapping, key, pair.key.span, self.pair_value(pair))

    def steps(self, body: Body | None, where: str) -> Sequence:
        """The items and blocks of a body in which no keys can stand."""
        entries = _Entries()
        statements = body.statements if body is not None else ()
        for statement in statements:
            if isinstance(statement, Pair):
                label = self.label(statement.key.span)
                what = "items that begin with `-`" if where == "a list" else "steps"
                self.problems.add(UnexpectedText.only(what, where, label))
            else:
                self._add(entries, statement)
        span = body.span if body is not None else Span(0, 0)
        return Sequence(span, entries.items)

    def fill(self, mapping: Mapping, block: Block, always: bool = True) -> None:
        """Puts a block's keys into `mapping`, and its entries under the key for them."""
        key = _LISTS.get(block.word, "steps")
        entries = _Entries()
        for statement in block.body.statements if block.body is not None else ():
            if not isinstance(statement, Pair):
                self._add(entries, statement)
            elif statement.key.value == key and _holds_steps(statement):
                self._wrapped(entries, statement)
            else:
                entries.follow("", None)
                self._put_pair(mapping, statement)
        if always or entries.items or entries.wrapper is not None:
            span = entries.wrapper or word_span(block)
            self.put(mapping, key, span, Sequence(block.span, entries.items))

    def _wrapped(self, entries: _Entries, pair: Pair) -> None:
        """The entries below `steps:`."""
        key = str(pair.key.value)
        if entries.wrapper is not None:
            labels = (self.label(pair.key.span), self.label(entries.wrapper))
            self.problems.add(DuplicateKey.at(key, *labels))
        entries.wrapper = pair.key.span
        entries.items.extend(self.steps(pair.body, f"`{key}`").items)
        entries.follow("", None)

    def _add(self, entries: _Entries, statement: Item | Block) -> None:
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

    def _add_block(self, entries: _Entries, block: Block) -> None:
        if block.word in ("elif", "else"):
            self._add_branch(entries, block)
            return
        mapping = Mapping(block.span)
        if block.word in ("step", "stage"):
            self._fill_step(mapping, block)
        elif block.word == "match":
            self._fill_match(mapping, block)
        else:
            self._fill_control(mapping, block)
        entries.follow(block.word, mapping)
        entries.items.append((block.span, mapping))

    def _add_branch(self, entries: _Entries, block: Block) -> None:
        """An `elif` or `else`, which belongs to the block just before it."""
        partner = entries.branching
        word = block.word
        allowed = ("if",) if word == "elif" else ("if", "within")
        if partner is None or entries.word not in allowed:
            label = self.label(word_span(block))
            self.problems.add(MisplacedBlock.alone(word, "`if`", label))
            return
        if word == "else":
            steps = self.steps(block.body, "an `else`")
            self.put(
                partner, "else", word_span(block), Sequence(block.span, steps.items)
            )
            return
        if "else" in partner.entries:
            label = self.label(word_span(block))
            self.problems.add(
                MisplacedBlock.of("elif", "the place after `else`", label)
            )
        branch = Mapping(block.span)
        self._fill_control(branch, block)
        if "elif" not in partner.entries:
            span = word_span(block)
            partner.entries["elif"] = (span, Sequence(block.span))
        branches = partner.entries["elif"][1]
        if isinstance(branches, Sequence):
            branches.items.append((block.span, branch))

    def _fill_control(self, mapping: Mapping, block: Block) -> None:
        word = word_span(block)
        self._put_parts(mapping, block)
        if block.word == "race" and "race" not in mapping.entries:
            mapping.entries["race"] = (word, Scalar(1, word))
        self._put_name(mapping, block)
        self.fill(mapping, block)

    def _put_parts(self, mapping: Mapping, block: Block) -> None:
        word = word_span(block)
        for number, (role, key) in enumerate(_ROLES.get(block.word, ())):
            part = block.part(role)
            if part is not None:
                span = part.span if number else word
                mapping.entries[key] = (span, part)
            elif number == 0 and block.word != "race":
                mapping.entries[key] = (word, Scalar(None, word))

    def _put_name(self, mapping: Mapping, block: Block) -> None:
        name = block.part("name")
        if name is not None:
            self.put(mapping, "name", name.span, name)

    def _fill_match(self, mapping: Mapping, block: Block) -> None:
        self._put_parts(mapping, block)
        self._put_name(mapping, block)
        cases = Sequence(block.span)
        mapping.entries["cases"] = (word_span(block), cases)
        for statement in block.body.statements if block.body is not None else ():
            if isinstance(statement, Pair):
                self._put_pair(mapping, statement)
            elif isinstance(statement, Item):
                label = self.label(_first_line(self.file, statement))
                self.problems.add(UnexpectedText.only("`case`", "a `match`", label))
            elif statement.word == "else" and not statement.lost:
                steps = self.steps(statement.body, "an `else`")
                node = Sequence(statement.span, steps.items)
                self.put(mapping, "else", word_span(statement), node)
            elif not statement.lost:
                cases.items.append((statement.span, self._case(statement)))

    def _case(self, block: Block) -> Mapping:
        literals = [part.scalar for part in block.parts if part.role == "literal"]
        items: list[tuple[Span, Node]] = [(one.span, one) for one in literals]
        mapping = Mapping(block.span)
        mapping.entries["case"] = (word_span(block), Sequence(block.span, items))
        self.fill(mapping, block)
        return mapping

    def _fill_step(self, mapping: Mapping, block: Block) -> None:
        self._put_name(mapping, block)
        arguments = Mapping(block.span)
        key: Scalar | None = None
        for part in block.parts:
            if part.role == "argument":
                key = part.scalar
            elif part.role == "type" and key is not None:
                self.put(arguments, str(key.value), key.span, part.scalar)
        if arguments.entries:
            mapping.entries["input"] = (word_span(block), arguments)
        output = block.part("output")
        if output is not None:
            mapping.entries["output"] = (output.span, output)
        node: Node | None = None
        if block.value is not None:
            node = self.value(block.value)
        elif block.body is not None:
            node = self.body_value(block.body)
        if isinstance(node, Mapping):
            for name, (span, value) in node.entries.items():
                self.put(mapping, name, span, value)
        elif node is not None:
            label = self.label(word_span(block))
            what = f"{article(block.word)} `{block.word}`"
            self.problems.add(UnexpectedText.only("keys", what, label))


def _holds_steps(pair: Pair) -> bool:
    statements = pair.body.statements if pair.body is not None else ()
    return any(not isinstance(statement, Pair) for statement in statements)


def word_span(block: Block) -> Span:
    return Span(block.span.start, block.span.start + len(block.word))


def _first_line(file: SourceFile, statement: Statement) -> Span:
    """The span of a statement as far as it stands on its first line."""
    stop = file.text.find("\n", statement.span.start, statement.span.end)
    end = statement.span.end if stop < 0 else stop
    return Span(statement.span.start, end)
