"""What a line of an `.ai` file begins: an item, a block, or a key."""

from __future__ import annotations

import re

from n3gen.syntax.colon_rules import named
from n3gen.syntax.headers import Headers
from n3gen.syntax.lexer import Broken, Line
from n3gen.syntax.nodes import Scalar
from n3gen.syntax.rules import (
    BadHeader,
    BadIndent,
    ExpectedName,
    KeyNotText,
    MisplacedBlock,
    MissingColon,
    StepsWithoutChain,
    UnexpectedText,
    UnknownBlock,
)
from n3gen.syntax.text_indents import stray_below
from n3gen.syntax.words import WORDS, Context

__all__ = ["Keys", "stands"]

_WORD = re.compile(r"[A-Za-z_]\w*+")
_NAMED = re.compile(r"\w+[ \t]+(?!=)")
_DOCSTRING = '"""'
_SINGLE_CHAIN = re.compile(r"^chain:[ \t]+(\w+)", re.MULTILINE)
_KEY_COLON = re.compile(r":(?=[ \t]|\Z)")
_ELSE = ("default", "otherwise", "_")
"""What other languages call the `else` of a `match`."""

_OPEN_CONTEXTS = (Context.DATA, Context.ENTRY)


def stands(word: str, context: Context) -> bool:
    """Whether a block can be in a body of `context`, or among the keys of a step there."""
    among_keys = context is Context.ENTRY and WORDS.blocks()[word].among_keys
    return word in WORDS.within(context) or among_keys


class Keys(Headers):
    """Tell lines apart, and read their keys."""

    crooked = -1
    """The start of the last line that goes back to no known column."""

    def is_item(self, line: Line) -> bool:
        """Whether the line is `- ...`."""
        if self.text[line.start] != "-":
            return False
        return line.start + 1 == line.end or self.text[line.start + 1] in " \t"

    def is_pair(self, line: Line) -> bool:
        """Whether the line is `key: ...`."""
        if self.text[line.start] in "[{":
            return False
        if self.text[line.start] in "\"'":
            stop = self.quoted_end(line.start, line.end)
            return stop is not None and self.text.startswith(":", self.blanks(stop))
        end = self.comment_start(line.start, line.end)
        return _KEY_COLON.search(self.text, line.start, end) is not None

    def is_value(self, line: Line) -> bool:
        """Whether the line can only be a value: brackets, or quotes and no colon."""
        if self.text[line.start] in "[{":
            return True
        return self.text[line.start] in "\"'" and not self.is_pair(line)

    def block_word(self, line: Line, context: Context) -> str | None:
        """The word of the block that the line begins, if it begins one."""
        match = _WORD.match(self.text, line.start, line.end)
        if match is None or match.group() not in WORDS.blocks():
            return None
        word = match.group()
        known = word in WORDS.within(context)
        at = self.blanks(match.end())
        if at >= line.end:
            return word if known else None
        if self.text[at] == ":":
            return word if known and self._is_bare_block(word, at, line.end) else None
        if at == match.end():
            return None
        if known or context not in _OPEN_CONTEXTS:
            return word
        is_clause = context is Context.ENTRY and WORDS.blocks()[word].among_keys
        if is_clause and self.text[at] == "[":
            return word
        end = self.comment_start(line.start, line.end)
        stop = self.trimmed(line.start, end)
        return word if self.text[stop - 1] == ":" else None

    def _is_bare_block(self, word: str, colon: int, end: int) -> bool:
        """Whether the colon at once behind a word makes a block, not a key."""
        block = WORDS.blocks()[word]
        if not block.head.bare:
            return False
        at = self.blanks(colon + 1)
        if at >= end or (self.text[at] == "#" and at > colon + 1):
            return True
        return not block.plain_key and at > colon + 1

    def check_place(self, word: str, line: Line, context: Context) -> bool:
        """Whether a block can be in `context`; report it where it cannot."""
        if stands(word, context):
            return True
        label = self.label(line.start, line.start + len(word))
        if context is Context.TOP:
            in_stages = word in WORDS.within(Context.STAGES)
            owner = "pipeline" if in_stages else "chain"
            way_out = f"put it under `{owner} some_name:`"
            if single := _SINGLE_CHAIN.search(self.text, 0, line.start):
                way_out = f"write `chain {single[1]}:` above, and indent what is below"
            self.problems.add(StepsWithoutChain.of(word, label, way_out))
        elif self.crooked != line.start:
            self.problems.add(MisplacedBlock.of(word, context.value, label))
        return False

    def key(self, line: Line, context: Context) -> tuple[Scalar, int]:
        """The key of a line and the offset of its colon."""
        if self.text[line.start] in "\"'":
            key = self.quoted(line.start, line.end)
            colon = self.blanks(key.span.end)
            if colon >= line.end or self.text[colon] != ":":
                self._no_colon(line, context)
            return key, colon
        end = self.comment_start(line.start, line.end)
        match = _KEY_COLON.search(self.text, line.start, end)
        if match is None:
            self._no_colon(line, context)
            raise Broken
        colon = match.start()
        stop = self.trimmed(line.start, colon)
        if stop == line.start:
            label = self.label(line.start, line.start + 1)
            self.problems.add(UnexpectedText.between("a key", label))
            raise Broken
        self.check_start(line.start, stop)
        self._check_word(line, context, stop, self.blanks(colon + 1) >= end)
        return self._bare_key(line.start, stop), colon

    def _bare_key(self, start: int, stop: int) -> Scalar:
        key = self.bare(start, stop)
        if isinstance(key.value, str):
            return key
        text = self.text[start:stop]
        self.problems.add(KeyNotText.of(text, self.label(start, stop)))
        return self.piece(start, stop)

    def _check_word(self, line: Line, context: Context, stop: int, empty: bool) -> None:
        """Report a key that was meant to be a block; `empty` is one without a value."""
        known = WORDS.within(context)
        match = _WORD.match(self.text, line.start, stop)
        if match is None or not known:
            return
        word = match.group()
        label = self.label(line.start, match.end())
        if match.end() < stop and self.text[match.end()] in " \t":
            meant = WORDS.meant(word, context)
            self.problems.add(UnknownBlock.of(word, label, meant, known))
            raise Broken
        if match.end() < stop:
            self._check_odd_blank(word, match.end(), stop)
            return
        if context is Context.CASES and word in _ELSE:
            self.problems.add(UnknownBlock.of(word, label, "else", known))
            raise Broken
        if context is Context.TOP:
            if empty and word in known and WORDS.blocks()[word].section:
                self.problems.add(ExpectedName.missing(word, label))
                raise Broken
        elif word in known and not WORDS.blocks()[word].head.bare:
            rest = self.text[self.blanks(stop) + 1 : line.end].strip().rstrip(":")
            named = WORDS.blocks()[word].head.needs_name
            about = f"the name of a `{word}`" if named else f"what `{word}` is about"
            message = f"{about} goes before the `:`"
            way_out = f"write `{word} {rest or ('some_name' if named else '...')}:`"
            self.problems.add(BadHeader.of(message, label, way_out))
            raise Broken

    def _check_odd_blank(self, word: str, at: int, stop: int) -> None:
        """Report a blank behind the word of a block that is no plain space."""
        blank = self.text[at]
        if blank.isspace() and word in WORDS.blocks():
            message = f"`{word}` is followed by {named(blank)}, not by a plain space"
            way_out = f"write `{word} {' '.join(self.text[at:stop].split())}:`"
            self.problems.add(BadHeader.of(message, self.label(at, at + 1), way_out))
            raise Broken

    def _no_colon(self, line: Line, context: Context) -> None:
        end = self.comment_start(line.start, line.end)
        stop = self.trimmed(line.start, end)
        text = self.text[line.start : stop]
        match = _WORD.match(text)
        word = match.group() if match else ""
        meant = WORDS.meant(word, context) if _NAMED.match(text) else None
        label = self.label(line.start, stop)
        if meant is not None:
            label = self.label(line.start, line.start + len(word))
            known = WORDS.within(context)
            self.problems.add(UnknownBlock.of(word, label, meant, known))
        elif self.text.startswith('#"', end):
            self.problems.add(MissingColon.before_text(text[:60], label))
            self._skip_past('"#', end + 2)
        elif stray := stray_below(self.text, line.start):
            label = self.label(stray[0].start, stray[0].end)
            self.problems.add(BadIndent.of_text(*stray[1:], label))
        else:
            among_steps = context is Context.STEPS
            self.problems.add(MissingColon.of_key(text[:60], label, among_steps))
            if text.startswith(_DOCSTRING):
                self._skip_past(_DOCSTRING, line.start + 3)
        raise Broken

    def _skip_past(self, mark: str, at: int) -> None:
        """Go on below the line of the next `mark`, if there is one."""
        found = self.text.find(mark, at)
        if found >= 0:
            after = self.text.find("\n", found)
            raise Broken(len(self.text) if after < 0 else after + 1)
