"""What a block word of `.ai` says of itself, and the forms that blocks have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from n3gen.syntax.heads import Control, Head
from n3gen.syntax.nodes import Mapping as MappingNode
from n3gen.syntax.nodes import Scalar, Sequence
from n3gen.syntax.slots import About
from n3gen.syntax.words import Context

if TYPE_CHECKING:
    from n3gen.syntax.lower_blocks import Blocks, Entries
    from n3gen.syntax.tree import Block

__all__ = [
    "BlockSyntax",
    "BranchBlock",
    "CaseBlock",
    "ControlBlock",
    "Definition",
    "EntryBlock",
    "StageBlock",
    "UseBlock",
    "is_clause",
]


@dataclass(frozen=True)
class BlockSyntax:
    """A word that begins a block: its first line, its places, its body.

    `contexts` are the bodies in which it can stand, `body` says what its own is made
    of (`None`: it has none), and `entries` is the key of what stands there. Where
    `word: value` is also a key, `plain_key` says so; one that is `among_keys` can stand
    among those of a step. `also` are words of other languages for such a block, for
    messages.
    """

    word: str
    head: Head
    contexts: tuple[Context, ...] = (Context.STEPS,)
    body: Context | None = Context.STEPS
    entries: str = "steps"
    plain_key: bool = False
    partners: tuple[str, ...] = ()
    repeated: bool = False
    among_keys: bool = False
    also: tuple[str, ...] = ()

    section: ClassVar[str] = ""
    record: ClassVar[bool] = False
    takes_flow: ClassVar[bool] = False
    takes_value: ClassVar[bool] = False
    value_and_body: ClassVar[bool] = False

    def stands(self, context: Context) -> bool:
        return context in self.contexts

    @property
    def sign(self) -> str:
        """The key that makes an entry of a Document this block, if one does."""
        return ""

    @property
    def doubt(self) -> int:
        """How little the sign alone says: what may be a plain key is asked last."""
        return 2 if self.plain_key else int(self.sign == self.entries)

    def is_entry(self, entry: Mapping[str, object]) -> bool:
        return self.sign in entry

    def held(self) -> dict[str, Context]:
        """The keys of an entry below which blocks can stand, and in what body."""
        return {}

    def conditions(self) -> tuple[str, ...]:
        """The keys whose values are texts even where they look like numbers."""
        return ()

    def listed(self) -> tuple[str, ...]:
        """The keys of which a single value is a list of one."""
        return ()

    def add(self, lowering: Blocks, entries: Entries, block: Block) -> None:
        """Put the block among the entries of its body."""
        raise NotImplementedError


@dataclass(frozen=True)
class UseBlock(BlockSyntax):
    """A line that names another file."""

    contexts: tuple[Context, ...] = (Context.TOP,)
    body: Context | None = None


@dataclass(frozen=True)
class Definition(BlockSyntax):
    """A named definition on top of a file; `section` is its key in the Document.

    `record` is one that is a mapping even without a body. `type_key` is the key of an
    inline value that keys may follow; `parent` the key of one behind `N within`.
    """

    contexts: tuple[Context, ...] = (Context.TOP,)
    body: Context | None = Context.DATA
    entries: str = ""
    section: str = ""  # type: ignore[misc]
    record: bool = True  # type: ignore[misc]
    type_key: str = ""
    parent: str = ""
    link: str = ""

    @property
    def takes_flow(self) -> bool:  # type: ignore[override]
        return True

    @property
    def takes_value(self) -> bool:  # type: ignore[override]
        return not self.entries

    @property
    def value_and_body(self) -> bool:  # type: ignore[override]
        return bool(self.type_key)


@dataclass(frozen=True)
class EntryBlock(BlockSyntax):
    """A step, or what is written as one; `also_held` are keys with steps below them."""

    body: Context | None = Context.ENTRY
    entries: str = ""
    also_held: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    takes_flow: ClassVar[bool] = True

    def held(self) -> dict[str, Context]:
        return dict.fromkeys(self.also_held, Context.STEPS)

    def conditions(self) -> tuple[str, ...]:
        return self.texts

    def add(self, lowering: Blocks, entries: Entries, block: Block) -> None:
        mapping = MappingNode(block.span)
        lowering.fill_step(mapping, block)
        entries.append(block, mapping)


@dataclass(frozen=True)
class StageBlock(EntryBlock):
    """A stage of a pipeline: the keys of a step, or a body of steps."""

    contexts: tuple[Context, ...] = (Context.STAGES,)
    body: Context | None = Context.STEPS
    entries: str = "steps"

    def add(self, lowering: Blocks, entries: Entries, block: Block) -> None:
        mapping = MappingNode(block.span)
        lowering.put_signature(mapping, block)
        if block.value is not None:
            lowering.put_keys(mapping, block)
        else:
            lowering.fill(mapping, block, self.entries, always=False)
            self._own_clauses(mapping)
        entries.append(block, mapping)

    def _own_clauses(self, mapping: MappingNode) -> None:
        """Make clauses without steps before them keys of the stage, as a step has them."""
        span, steps = mapping.entries.get(self.entries, (None, None))
        if span is None or not isinstance(steps, Sequence):
            return
        found = [(at, one) for at, one in steps.items if isinstance(one, MappingNode)]
        # A block may have `on_error` among its keys, and is no clause.
        clauses = [(at, one) for at, one in found if is_clause(one.entries)]
        last = [
            one.entries["finally"]
            for _, one in found
            if one.entries.keys() == {"finally"}
        ]
        if len(clauses) + len(last) < len(steps.items) or len(last) > 1:
            return
        del mapping.entries[self.entries]
        if len(clauses) == 1 and _is_bare(clauses[0][1]):
            mapping.entries["on_error"] = clauses[0][1].entries[self.entries]
        elif clauses:
            given: list[tuple[Any, Any]] = [*clauses]
            mapping.entries["on_error"] = (clauses[0][0], Sequence(span, given))
        if last:
            mapping.entries["finally"] = last[0]


def is_clause(keys: Iterable[object]) -> bool:
    """Whether an entry with these keys is an `on_error` clause, and no block that has one."""
    return set(keys) - {"as"} == {"on_error", "steps"}


def _is_bare(clause: MappingNode) -> bool:
    """Whether a clause is for every error, which it does not name."""
    _, kinds = clause.entries["on_error"]
    found = kinds.items if isinstance(kinds, Sequence) else []
    words = [one.value for _, one in found if isinstance(one, Scalar)]
    return words == ["any"] and "as" not in clause.entries


@dataclass(frozen=True)
class ControlBlock(BlockSyntax):
    """A block of steps, or of cases, with what decides about them in its first line."""

    head: Control

    @property
    def sign(self) -> str:
        return self.head.slots[0].key if self.head.slots else self.entries

    def is_entry(self, entry: Mapping[str, object]) -> bool:
        if not self.head.named and not entry.keys().isdisjoint(("name", "step")):
            return False
        if self.plain_key:
            return self.sign in entry and isinstance(entry.get(self.entries), list)
        return self.sign in entry

    def held(self) -> dict[str, Context]:
        in_cases = self.body is Context.CASES
        return {self.entries: Context.ENTRY if in_cases else Context.STEPS}

    def conditions(self) -> tuple[str, ...]:
        slots = self.head.slots
        return tuple(
            one.key for one in slots if isinstance(one, About) and one.condition
        )

    def listed(self) -> tuple[str, ...]:
        return tuple(one.key for one in self.head.slots if one.several)

    def add(self, lowering: Blocks, entries: Entries, block: Block) -> None:
        entries.append(block, self.mapping(lowering, block))

    def mapping(self, lowering: Blocks, block: Block) -> MappingNode:
        mapping = MappingNode(block.span)
        lowering.put_parts(mapping, block, self.head.slots)
        lowering.put_name(mapping, block)
        if self.body is Context.CASES:
            lowering.fill_cases(mapping, block, self.entries)
        else:
            lowering.fill(mapping, block, self.entries)
        return mapping


@dataclass(frozen=True)
class BranchBlock(ControlBlock):
    """A block that continues one of its `partners`, under its own word as key.

    A `repeated` one is a list of mappings; any other is a list of steps, and the last.
    """

    @property
    def sign(self) -> str:
        return ""

    def held(self) -> dict[str, Context]:
        return {self.word: Context.ENTRY if self.repeated else Context.STEPS}

    def add(self, lowering: Blocks, entries: Entries, block: Block) -> None:
        partner = lowering.partner(entries, block, self.partners)
        if partner is None:
            return
        word = block.word_span
        if not self.repeated:
            steps = lowering.steps(block.body, f"an `{self.word}`")
            node = Sequence(block.span, steps.items)
            lowering.put(partner, self.word, word, node)
            return
        lowering.check_last(entries, partner, block)
        branch = self.mapping(lowering, block)
        if self.word not in partner.entries:
            partner.entries[self.word] = (word, Sequence(block.span))
        branches = partner.entries[self.word][1]
        if isinstance(branches, Sequence):
            branches.items.append((block.span, branch))


@dataclass(frozen=True)
class CaseBlock(BlockSyntax):
    """A case, with its literals under its own word as key."""

    contexts: tuple[Context, ...] = (Context.CASES,)

    def add(self, lowering: Blocks, entries: Entries, block: Block) -> None:
        literals = [part.scalar for part in block.parts if part.role == "literal"]
        items: list[tuple[Any, Any]] = [(one.span, one) for one in literals]
        mapping = MappingNode(block.span)
        mapping.entries[self.word] = (block.word_span, Sequence(block.span, items))
        lowering.fill(mapping, block, self.entries)
        entries.items.append((block.span, mapping))
