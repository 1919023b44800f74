"""The root node of a YAML or JSON file, and all that is wrong with its text.

libyaml gives events; lists and mappings are put together here, without recursion, so
that no depth and no chain of aliases costs more than its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml

from n3gen.diagnostics import Diagnostic, Label, Problems
from n3gen.source import SourceFile, Span
from n3gen.syntax.characters import odd_indent
from n3gen.syntax.foreign_texts import negated_name
from n3gen.syntax.nodes import MAX_DEPTH, MAX_VALUES, Mapping, Node, Scalar, Sequence
from n3gen.syntax.rules import (
    KeyNotText,
    MissingColon,
    NotAMapping,
    TabIndentation,
    TooDeep,
    TooManyValues,
    YamlFeature,
    YamlSyntax,
)
from n3gen.syntax.yaml_errors import syntax_error
from n3gen.syntax.yaml_scalars import YamlScalars

__all__ = ["read_yaml"]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_NO_BLANK = re.compile(r"[A-Za-z_][\w-]*:[^/\s]")


class _Stop(Exception):
    """Reading cannot go on; the reason has been reported."""


@dataclass(slots=True)
class _Anchored:
    """What an anchor names: its node, how many values, how many levels it has."""

    node: Node
    size: int
    height: int


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet.

    `key` is the key that waits for its value. `column` is where its lines stand,
    -1 in brackets.
    """

    node: Sequence | Mapping
    anchor: str | None
    column: int
    size: int = 1
    height: int = 1
    key: tuple[str, Span] | None = None
    skipped: bool = False


def read_yaml(
    file: SourceFile,
    problems: Problems,
    no_mapping: Callable[[str, Label], Diagnostic] = NotAMapping.of,
) -> Mapping | None:
    """The root mapping of a YAML file; `None` where there is none to speak of.

    `no_mapping` reports a file that is a list or a single value, by the words for it.
    """
    composer = _Composer(file, problems)
    try:
        root = composer.document()
    except _Stop:
        return None
    if root is None or (isinstance(root, Scalar) and root.value is None):
        return Mapping(Span(0, 0))
    if not isinstance(root, Mapping):
        what = "a list" if isinstance(root, Sequence) else "a single value"
        stop = file.text.find("\n", root.span.start, root.span.end)
        end = root.span.end if stop < 0 else stop
        label = Label(file, Span(root.span.start, end))
        problems.add(no_mapping(what, label))
        return None
    return root


@dataclass(slots=True)
class _Composer:
    file: SourceFile
    problems: Problems
    scalars: YamlScalars = field(init=False)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Anchored] = field(default_factory=dict)
    values: int = 0
    root: Node | None = None
    documents: int = 0
    read_to: int = 0
    odd: bool = False

    def __post_init__(self) -> None:
        self.scalars = YamlScalars(self.file)

    def document(self) -> Node | None:
        try:
            self._read(_LOADER)
        except yaml.YAMLError as error:
            self._check_depth_ahead(error)
            open_at = [
                frame.node.span.start for frame in self.stack if frame.column < 0
            ]
            at = open_at[-1] if open_at else None
            self.problems.add(syntax_error(self.file, error, at))
            raise _Stop from None
        return self.root

    def _read(self, loader_class: Any) -> None:
        # The feed makes a file mean the same with and without its last line end.
        loader = loader_class(self.scalars.feed)
        try:
            while loader.check_event():
                event = loader.get_event()
                self.read_to = event.end_mark.index
                self._event(event)
        finally:
            loader.dispose()

    def _check_depth_ahead(self, error: yaml.YAMLError) -> None:
        """Report the first value that is too deep, though libyaml rejected the text.

        libyaml reads ahead, for the `:` that makes a value a key, and counts brackets
        against a bound of its own. Where enough of them are ahead for ours, PyYAML's
        own scanner, which has no bound, says where they stand.
        """
        mark = getattr(error, "problem_mark", None)
        ahead = self.scalars.feed[self.read_to : None if mark is None else mark.index]
        if len(self.stack) + sum(map(ahead.count, "[{")) <= MAX_DEPTH:
            return
        again = _Composer(self.file, Problems())
        with suppress(yaml.YAMLError, _Stop):
            again._read(yaml.SafeLoader)
        too_deep = [found for found in again.problems if found.rule is TooDeep]
        if too_deep:
            self.problems.extend(too_deep)
            raise _Stop

    def _event(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._reject_tag(event)
                self._add_scalar(event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._reject_tag(event)
                self._open(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._close(event)
            case yaml.AliasEvent():
                self._add_alias(event)
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    label = self._label(event)
                    way_out = "make one file of each, or one `chains:` with all of them"
                    what = "there are several documents"
                    self.problems.add(YamlFeature.of(what, label, way_out))
                    raise _Stop

    def _label(self, event: Any) -> Label:
        start, end = event.start_mark.index, event.end_mark.index
        limit = len(self.file.text)
        return Label(self.file, Span(min(start, limit), min(max(start, end), limit)))

    def _reject_tag(self, event: Any) -> None:
        if event.tag is None:
            return
        start = event.start_mark.index
        at = self.file.text.find("!", start, event.end_mark.index + len(event.tag) + 2)
        first = start if at < 0 else at
        text = self.file.text[first:].split(maxsplit=1)[0] if at >= 0 else event.tag
        label = Label(
            self.file, Span(first, min(first + len(text), len(self.file.text)))
        )
        way_out = "leave the tag out; quotes make a text"
        if negated := negated_name(self.file.text, first):
            way_out = f"write `not {negated}`"
        self.problems.add(YamlFeature.of(f"the tag `{text}` is", label, way_out))

    def _count(self, event: Any, size: int) -> None:
        self.values += size
        if self.values > MAX_VALUES:
            self.problems.add(TooManyValues.at(self._label(event), MAX_VALUES))
            raise _Stop

    def _check_depth(self, event: Any, height: int) -> None:
        if len(self.stack) + height > MAX_DEPTH:
            start = min(event.start_mark.index, len(self.file.text))
            end = min(start + 1, len(self.file.text))
            self.problems.add(TooDeep.at(Label(self.file, Span(start, end)), MAX_DEPTH))
            raise _Stop

    # --- nodes -----------------------------------------------------------

    def _add_scalar(self, event: yaml.ScalarEvent) -> None:
        self._count(event, 1)
        parent = max((frame.column for frame in self.stack[-1:]), default=-1)
        node = self.scalars.scalar(event, parent)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)
        self._add(node, event)

    def _add_alias(self, event: yaml.AliasEvent) -> None:
        known = self.anchors.get(str(event.anchor))
        label = self._label(event)
        if known is None:
            inside = any(frame.anchor == event.anchor for frame in self.stack)
            message = f"`*{event.anchor}` refers to an anchor that does not exist"
            if inside:
                message = f"`*{event.anchor}` is inside the value that it refers to"
            way_out = None if inside else f"write `&{event.anchor}` before the value"
            self.problems.add(YamlSyntax.of(message, label, way_out=way_out))
            raise _Stop
        if self._wants_key():
            self.problems.add(KeyNotText.collection("an alias", label))
            self.stack[-1].key = ("", label.span)
            self.stack[-1].skipped = True
            return
        self._count(event, known.size)
        self._check_depth(event, known.height)
        self._grow(known.size, known.height)
        self._attach(known.node, label.span)

    def _open(self, event: Any) -> None:
        self._count(event, 1)
        self._check_depth(event, 1)
        if self._wants_key():
            kind = (
                "a mapping" if isinstance(event, yaml.MappingStartEvent) else "a list"
            )
            self.problems.add(KeyNotText.collection(kind, self._label(event)))
            raise _Stop
        start = self.scalars.content_start(event)
        span = Span(start, start)
        is_map = isinstance(event, yaml.MappingStartEvent)
        node = Mapping(span) if is_map else Sequence(span)
        mark = event.start_mark
        column = -1 if event.flow_style else mark.column
        self.stack.append(_Open(node, event.anchor, column))

    def _close(self, event: Any) -> None:
        frame = self.stack.pop()
        start = frame.node.span.start
        end = event.end_mark.index
        if frame.column >= 0:
            end = start + len(self.file.text[start:end].rstrip())
        frame.node.span = Span(start, min(max(start, end), len(self.file.text)))
        if frame.anchor is not None:
            anchored = _Anchored(frame.node, frame.size, frame.height)
            self.anchors[frame.anchor] = anchored
        self._grow(frame.size, frame.height)
        self._attach(frame.node, frame.node.span)

    def _wants_key(self) -> bool:
        if not self.stack:
            return False
        frame = self.stack[-1]
        return isinstance(frame.node, Mapping) and frame.key is None

    def _add(self, node: Scalar, event: yaml.ScalarEvent) -> None:
        self._grow(1, 0)
        if not self._wants_key():
            self._attach(node, node.span)
            return
        frame = self.stack[-1]
        text = node.value
        if event.implicit[0] and event.value == "<<":
            way_out = "write the keys out, or use an alias for the whole mapping"
            what = "the merge key `<<` is"
            label = Label(self.file, node.span)
            self.problems.add(YamlFeature.of(what, label, way_out))
            frame.skipped = True
        elif not isinstance(text, str):
            shown = self.file.text[node.span.start : node.span.end]
            label = Label(self.file, node.span)
            self.problems.add(KeyNotText.of(shown or "null", label))
            text = shown
        elif self._is_oddly_indented(node, event):
            frame.skipped = True
        frame.key = (str(text), node.span)

    def _is_oddly_indented(self, node: Scalar, event: yaml.ScalarEvent) -> bool:
        """Whether a key begins with a blank that is no space; report the first of these."""
        odd = odd_indent(self.file.text, node.span.start)
        in_block = event.implicit[0] and self.stack[-1].column >= 0
        if odd is None or odd.start != node.span.start or not in_block:
            return False
        if not self.odd:
            self.odd = True
            label = Label(self.file, odd)
            self.problems.add(TabIndentation.at(label, self.file.text[odd.start]))
        return True

    def _grow(self, size: int, height: int) -> None:
        if self.stack:
            frame = self.stack[-1]
            frame.size += size
            frame.height = max(frame.height, height + 1)

    def _attach(self, node: Node, span: Span) -> None:
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if isinstance(frame.node, Sequence):
            frame.node.items.append((_item_span(node, span), node))
            return
        key, frame.key = frame.key, None
        if key is not None and frame.column < 0 and span.start == span.end:
            self._check_colon(*key)
        if not frame.skipped and key is not None:
            frame.node.put(key[0], key[1], node, self.file, self.problems)
        frame.skipped = False

    def _check_colon(self, key: str, span: Span) -> None:
        """Report a key within braces that has its value at once behind its colon."""
        if _NO_BLANK.match(self.file.text, span.start):
            self.problems.add(MissingColon.of_key(key, Label(self.file, span)))
            raise _Stop


def _item_span(node: Node, span: Span) -> Span:
    """What a message about an item shows: of a mapping only its first entry."""
    if not isinstance(node, Mapping) or not node.entries:
        return span
    key, value = next(iter(node.entries.values()))
    end = value.span.end if isinstance(value, Scalar) else key.end
    return Span(key.start, max(key.end, end))
