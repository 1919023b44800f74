"""The walk that writes nodes of Jinja's tree as Python, and notes what they use.

One walk does it all: where a text is parsed, its faults and references are kept
and the source is let go; where it is compiled, the names are known and the
source is kept.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Protocol

from jinja2 import nodes

from n3gen.expressions.literals import literal
from n3gen.expressions.model import Fault, Name, Reference, Root, Shape, Token
from n3gen.expressions.rules import BranchVariable, ExpressionTooDeep
from n3gen.expressions.tokens import CHAIN
from n3gen.names import outside, python_name

__all__ = ["NUMBERS", "Form", "Level", "Piece", "Scope", "Writer"]

NUMBERS: Final = frozenset(["int", "float", "bool"])

_EACH: Final = ("each", *(f"each_{n}" for n in range(1, 10_000)))
"""Names for the variable of the comprehensions that filters become; the first free one."""

_BUILTINS = frozenset(dir(builtins))

_NAMES = re.compile(r"[^\W\d]\w*")


class Level:
    """How tightly a piece of Python binds; what binds less needs parentheses.

    `NAME` is that of a name, an attribute or a number, around whose operators black
    leaves out spaces.
    """

    CHOICE = 1
    OR = 2
    AND = 3
    NOT = 4
    COMPARE = 5
    SUM = 6
    PRODUCT = 7
    SIGN = 8
    POWER = 9
    AWAIT = 10
    ATOM = 11
    NAME = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """The source of a value and what is known of it.

    `kind` is its type's name, where that is sure. `base` is the source of the
    name that it begins with and `way` the path from there as the spec writes it,
    so that `get(base, "way")` reads the same value, and `is_get` says that the source
    is that call. `printed` is what stands inside a `str(...)`, `opposite` what is true
    where the piece is not, if that can be written without a `not`. A list that is
    a comprehension has its two halves in `element` and `clause`. `may_miss` says
    that reading it may raise `MissingValue` where `get_or` cannot help.
    `reference` is the index of the reference that it continues. `inner` is a text of
    several lines without the parentheses around them. `is_constant` says that it is
    made of literals alone, so that type checkers know its type even without a `kind`;
    `is_joined` that it is a long `"".join(...)`, which no other text should enclose. One that
    `may_be_none` has no value where a step was skipped, or an optional field not given; of
    one that `is_any` nothing is known. `held` are the lists and objects written out that
    it may be, each with the kind of its items, and `of_any` is it with these of any items.
    """

    text: str
    level: int = Level.ATOM
    kind: str = ""
    shape: Shape | None = None
    base: str = ""
    way: str = ""
    printed: str = ""
    is_get: bool = False
    opposite: Piece | None = None
    element: str = ""
    clause: str = ""
    may_miss: bool = False
    reference: int | None = None
    inner: str = ""
    is_constant: bool = False
    is_joined: bool = False
    may_be_none: bool = False
    is_any: bool = False
    held: frozenset[tuple[str, str]] = frozenset()
    of_any: Piece | None = None

    def at(self, level: int) -> str:
        """The source, in parentheses where it binds less than `level`."""
        return self.text if self.level >= level else f"({self.text})"

    @property
    def can_miss(self) -> bool:
        """Whether reading the value may find that something is missing."""
        return self.may_miss or self.is_get

    @property
    def is_there(self) -> bool:
        """Whether the value is neither missing nor none.

        What is known of a name says so itself, and what a call gives has a kind if so.
        """
        is_sure = bool(self.kind) or self.reference is not None
        is_sure |= Level.AND < self.level < Level.AWAIT
        return is_sure and not (self.can_miss or self.may_be_none or self.is_any)

    @property
    def is_safe(self) -> bool:
        """Whether `get_or` reads the value without a way to fail: from a name, by names."""
        is_rooted = self.reference is not None or self.base.isidentifier()
        return self.is_get and is_rooted


@dataclass(slots=True)
class Scope:
    """The names that one block of a template binds; `lost` those that branches bound.

    `taken` are all Python names it gave, `unread` those that nothing has read so far.
    """

    bound: dict[str, Piece] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)

    def shown(self, name: str) -> str:
        """Return a name that was given, with an underscore where nothing reads it."""
        return f"_{name}" if name in self.unread else name


class AddressForm(Protocol):
    """An address that is being written: what `addresses` makes of its values."""

    def add(self, text: str) -> None: ...

    def inner(self) -> AddressForm: ...

    def begin_branches(self) -> None: ...

    def next_branch(self) -> None: ...

    def end_branches(self) -> None: ...

    def value(self, writer: Writer, node: nodes.Expr) -> Piece: ...

    def whole(self, writer: Writer, text: Piece) -> Piece: ...


class Writer:
    """One walk over a tree.

    `names` are the sources of names, `None` while a text is only parsed. `forms`
    say how each class of node is written. No local name covers one that is `reserved`.
    `plain` are names of families that are names of values here.
    `each` is the variable of filters, `called` are the run-time
    functions that it calls, `bound` the variables of the template. It `awaits` where the
    source has an `await`. Texts are `verbatim` where braces in them are what is looked for.
    """

    def __init__(
        self,
        tokens: Sequence[Token],
        names: Mapping[str, str | Name] | None,
        forms: Mapping[type[nodes.Node], Form],
        reserved: frozenset[str] = frozenset(),
        plain: frozenset[str] = frozenset(),
    ) -> None:
        self.tokens = tokens
        self.plain = plain
        self.names = names
        self.forms = forms
        self._support = reserved
        self.called: set[str] = set()
        self.bound: set[str] = set()
        self.faults: list[Fault] = []
        self.references: list[Reference] = []
        self.scopes: list[Scope] = []
        self.fallible = False
        self.awaits = False
        self.guarded = False
        self.verbatim = False
        self.block: Piece | None = None
        self.address: AddressForm | None = None
        self._depth = 0

    @cached_property
    def each(self) -> str:
        """The variable of filters."""
        used = _identifiers(self.names or {})
        return next(name for name in _EACH if name not in used)

    @cached_property
    def reserved(self) -> frozenset[str]:
        """What no name of a template may cover; worked out where one binds a name."""
        used = _identifiers(self.names or {})
        return self._support | used | _BUILTINS | {self.each}

    def write(self, node: nodes.Node) -> Piece:
        """The source of an expression."""
        if self._depth >= CHAIN:
            return self._too_deep(self.token(node))
        self._depth += 1
        try:
            return self.forms[type(node)](self, node)
        finally:
            self._depth -= 1

    @property
    def is_inner(self) -> bool:
        """Whether what is being written is a part of an expression that reads its texts."""
        return self._depth > 1 and not self.verbatim

    def _too_deep(self, token: Token) -> Piece:
        if any(fault.rule is ExpressionTooDeep for fault in self.faults):
            return Piece("None")
        return self.fault(ExpressionTooDeep.chain(CHAIN, token.start, token.end))

    def optional(self, node: nodes.Node) -> Piece:
        """The source of an expression that says itself what to do if it is missing."""
        before, self.guarded = self.guarded, True
        piece = self.write(node)
        self.guarded = before
        return piece

    def call(self, name: str, *arguments: str, fallible: bool = True) -> str:
        """A call of a function of the run-time support."""
        self.fallible = self.fallible or fallible
        self.called.add(name)
        return f"{outside(name)}({', '.join(arguments)})"

    def loose(self, piece: Piece) -> Piece:
        """The same value without its static type, for what mypy cannot follow."""
        if not piece.base or "." not in piece.way or piece.is_get:
            return piece
        text = self.call("get", piece.base, literal(piece.way), fallible=False)
        return Piece(text, base=piece.base, way=piece.way, is_get=True)

    def matched(self, *pieces: Piece) -> list[Piece]:
        """Pieces that one operator can take: as they are where their types agree."""
        kinds = {"number" if p.kind in NUMBERS else p.kind for p in pieces} - {""}
        agree = kinds <= {"number"} or kinds <= {"str"}
        safe = agree and not any(p.shape and not p.kind for p in pieces)
        return list(pieces) if safe else [self.loose(piece) for piece in pieces]

    def fault(self, fault: Fault) -> Piece:
        """Note what is wrong; return a piece that lets the walk go on."""
        self.faults.append(fault)
        return Piece("None")

    def token(self, node: nodes.Node, after: int = 0) -> Token:
        """The token that a node begins with, or one after it."""
        return self.tokens[min(node.lineno + after, len(self.tokens) - 1)]

    def refer(self, name: str, root: Root, token: Token) -> int:
        """Note a reference; return its index."""
        found = Reference(name, root, token.start, token.end, optional=self.guarded)
        self.references.append(found)
        return len(self.references) - 1

    def extend(self, reference: int | None, name: str, token: Token) -> None:
        """Note that a reference goes on to a field."""
        if reference is not None:
            known = self.references[reference]
            self.references[reference] = replace(
                known,
                path=(*known.path, name),
                places=(*known.places, (token.start, token.end)),
            )

    def root(self, name: str) -> Name | None:
        """What a name stands for; `None` where it is known that nothing does."""
        if self.names is None:
            return Name(python_name(name) or "value_")
        known = self.names.get(name)
        return Name(known) if isinstance(known, str) else known

    def bind(self, name: str, shape: Shape | None = None, kind: str = "") -> str:
        """Give a name of the template a Python name that covers no other."""
        taken = self.reserved.union(*(scope.taken for scope in self.scopes))
        free = python_name(name, self.reserved) or "value_"
        while {free, f"_{free}"} & taken:
            free += "_"
        kind = kind or (shape.kind if shape else "")
        way = name.replace(".", "_")
        self.scopes[-1].bound[name] = Piece(
            free, Level.NAME, kind, shape, base=free, way=way
        )
        self.scopes[-1].lost.discard(name)
        self.scopes[-1].taken.add(free)
        self.bound.add(free)
        self.scopes[-1].unread.add(free)
        return free

    def local(self, node: nodes.Name) -> Piece | None:
        """The piece of a name that the template binds, if it does."""
        for scope in reversed(self.scopes):
            if node.name in scope.bound:
                scope.unread.discard(scope.bound[node.name].text)
                return scope.bound[node.name]
            if node.name in scope.lost:
                token = self.token(node)
                return self.fault(BranchVariable.of(node.name, token.start, token.end))
        return None


Form = Callable[[Writer, Any], Piece]
"""Writes one class of node."""


def _identifiers(names: Mapping[str, str | Name]) -> frozenset[str]:
    sources = (
        known if isinstance(known, str) else known.source for known in names.values()
    )
    return frozenset(found for source in sources for found in _NAMES.findall(source))
