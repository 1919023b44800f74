"""Lowering of the tree of an `.ai` file to its root mapping, not yet canonical."""

from __future__ import annotations

import re

from n3gen.diagnostics import Problems
from n3gen.names import is_name
from n3gen.source import SourceFile, Span
from n3gen.syntax.block_forms import Definition
from n3gen.syntax.document import TextMap
from n3gen.syntax.lower_blocks import Blocks
from n3gen.syntax.nodes import Mapping, Node, Scalar, Sequence
from n3gen.syntax.rules import DuplicateKey
from n3gen.syntax.tree import Block, Body, Pair, Value
from n3gen.syntax.words import WORDS

__all__ = ["lower"]

_WITHIN = re.compile(r"([0-9]++)[ \t]++within[ \t]++(\S++)")


def lower(file: SourceFile, body: Body, problems: Problems) -> Mapping:
    """The root mapping of a file's statements."""
    return _Lowering(file, problems).root(body)


class _Lowering(Blocks):
    """Add the definitions of a file."""

    def root(self, body: Body) -> Mapping:
        root = Mapping(body.span)
        keys: dict[str, Span] = {}
        for statement in body.statements:
            if isinstance(statement, Pair):
                self._top_pair(root, statement, keys)
            elif isinstance(statement, Block) and not statement.lost:
                self._definition(root, statement)
        return root

    def _top_pair(self, root: Mapping, pair: Pair, keys: dict[str, Span]) -> None:
        """A plain key on top; a section may stand beside blocks of its kind."""
        key, node = str(pair.key.value), self.pair_value(pair)
        known = root.entries.get(key)
        if known is None or key in keys:
            self.put(root, key, pair.key.span, node)
            keys[key] = pair.key.span
            return
        keys[key] = pair.key.span
        section = known[1]
        if isinstance(section, Mapping) and isinstance(node, Mapping):
            for name, (span, value) in node.entries.items():
                self.put(section, name, span, value)
        elif isinstance(section, Sequence) and isinstance(node, Sequence):
            section.items.extend(node.items)
        else:
            self.put(root, key, pair.key.span, node)

    def _definition(self, root: Mapping, block: Block) -> None:
        form = WORDS.blocks()[block.word]
        if not isinstance(form, Definition):
            path = block.part("path")
            if path is not None:
                empty = Sequence(block.span)
                uses = self._section(root, block.word, block, empty)
                if isinstance(uses, Sequence):
                    uses.items.append((path.span, path))
            return
        name = block.part("name")
        section = self._section(root, form.section, block, Mapping(block.span))
        if name is not None and isinstance(section, Mapping):
            self.put(section, str(name.value), name.span, self._defined(form, block))

    def _section(self, root: Mapping, key: str, block: Block, empty: Node) -> Node:
        """What `key` holds so far; reports a value there that no block can join."""
        span = block.word_span
        if key not in root.entries:
            root.entries[key] = (span, empty)
        known_span, known = root.entries[key]
        if type(known) is not type(empty):
            labels = (self.label(span), self.label(known_span))
            self.problems.add(DuplicateKey.at(key, *labels))
        return known

    def _defined(self, form: Definition, block: Block) -> Node:
        """The value of a definition."""
        mapping = Mapping(block.span)
        other = block.part(form.link)
        if other is not None:
            self.put(mapping, form.link, other.span, other)
        if block.value is not None:
            return self._defined_inline(form, block, block.value, mapping)
        if form.entries:
            self.fill(mapping, block, form.entries, always=False)
        elif block.body is not None:
            return self._defined_by_body(block.body, mapping)
        elif not form.record:
            return Scalar(None, block.span)
        return mapping

    def _defined_by_body(self, body: Body, mapping: Mapping) -> Node:
        node = self.body_value(body)
        if not isinstance(node, Mapping):
            return node
        for key, (span, value) in node.entries.items():
            self.put(mapping, key, span, value)
        return mapping

    def _defined_inline(
        self, form: Definition, block: Block, value: Value, mapping: Mapping
    ) -> Node:
        node = self.value(value)
        if isinstance(node, Mapping):
            for key, (span, inner) in node.entries.items():
                self.put(mapping, key, span, inner)
            return mapping
        if block.body is not None:
            self.put(mapping, form.type_key, node.span, node)
            return self._defined_by_body(block.body, mapping)
        if form.parent and isinstance(node, Scalar):
            return self._limit(node)
        return node

    def _limit(self, scalar: Scalar) -> Node:
        """`14 within db`, where it is no quoted text, as a mapping."""
        start = scalar.span.start
        match = _WITHIN.fullmatch(self.file.text, start, scalar.span.end)
        if match is None or not is_name(match[2]):
            return scalar
        mapping = Mapping(scalar.span)
        permits = Span(start, match.end(1))
        parent = Span(*match.span(2))
        mapping.entries["permits"] = (permits, Scalar(int(match[1]), permits))
        text = TextMap(((0, parent.start),))
        mapping.entries["within"] = (parent, Scalar(match[2], parent, text))
        return mapping
