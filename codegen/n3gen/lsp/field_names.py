"""The fields of declared types: where each is defined, and where it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import nodes

from n3gen.lsp.tables import keys_of, shapes_at
from n3gen.semantics.field_types import has_field
from n3gen.semantics.known import Semantics
from n3gen.semantics.typed_texts import TypedText
from n3gen.semantics.walk import every_entry
from n3gen.source import Loc, SourceFile, Span
from n3gen.spec.model import ChainStep, InputField, Place, TypeRef
from n3gen.syntax.document import Document

if TYPE_CHECKING:
    from n3gen.lsp.occurrences import Occurrence
    from n3gen.lsp.readings import Reading

__all__ = ["FieldPlace", "field_places", "is_field", "payload_keys", "unknown_use"]


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A field of a declared type, and where its name stands: its key, or in a text."""

    field: InputField
    place: Place
    part: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The name that the key has in its document."""
        return str(self.field.place.loc[-1])


def is_field(loc: Loc) -> bool:
    """Whether the definition at a place is that of a field of a declared type."""
    return len(loc) > 2 and loc[0] == "types"


def field_places(known: Semantics) -> Iterator[FieldPlace]:
    """Yield the fields of all declared types, and then where texts of chains read them."""
    spec = known.spec
    for record in spec.types:
        for field in record.fields:
            yield FieldPlace(field, field.place)
    for chain in spec.chains if spec.types else ():
        if chain.place.path in known.documents:
            for text in known.texts[chain.name]:
                yield from _read(text)


def payload_keys(
    known: Semantics, documents: Mapping[str, Document]
) -> Iterator[tuple[InputField, Document, Span]]:
    """Yield the fields of inputs that payloads of steps and of tests name by their keys."""
    given = [(test.place / "payload", test.chain) for test in known.spec.tests]
    for chain in known.spec.chains:
        for entry in every_entry(chain.steps):
            if isinstance(entry, ChainStep):
                given.append((entry.place / "payload", entry.target or ""))
    for place, name in given:
        callee, document = known.chains.get(name), documents.get(place.path)
        if callee is None or document is None:
            continue
        for field in callee.input or ():
            span = document.keys.get((*place.loc, field.key))
            if span is not None:
                yield field, document, span


def _read(text: TypedText) -> Iterator[FieldPlace]:
    for node in text.all_of(nodes.Getattr, nodes.Getitem):
        if text.reads_fact(node):
            continue
        match node:
            case nodes.Getattr(node=owner, attr=name):
                at = node.lineno + 1
            case nodes.Getitem(node=owner, arg=nodes.Const(value=str() as name)):
                at = node.arg.lineno
            case _:
                continue
        found = text.typed(owner)
        token = text.read.tokens[min(at, len(text.read.tokens) - 1)]
        for field in _fields(found[1], name, text) if found is not None else ():
            yield FieldPlace(field, text.place, (token.start, token.end))


def _fields(owner: TypeRef, name: str, text: TypedText) -> list[InputField]:
    """The fields that a name means; none where it may be that of something undeclared."""
    records = text.types.records
    members = owner.args if owner.name == "union" else (owner,)
    having = [one for one in members if has_field(one, name, records)]
    if any(one.name not in records for one in having):
        return []
    fields = (field for one in having for field in records[one.name].fields)
    return [field for field in fields if name in (field.name, field.key)]


def unknown_use(
    readings: Iterable[Reading], places: Sequence[Occurrence], word: str
) -> str | None:
    """What may name a field, but is not known to; `None` where all uses are known.

    It may be read of a value whose type is not known, be the key of a value, or be given
    to a filter or a model.
    """
    for one in places:
        if one.file.text[one.span.start : one.span.end] != word:
            return f"{_where(one.file, one.span.start)} reads it by its `alias`"
    use = re.compile(
        rf"(?:[.'\"]\s*)(?P<read>{re.escape(word)})\b"
        rf"|(?<![\w.'\"])(?P<key>{re.escape(word)})(?=\s*:(?!\w))"
    )
    homes = {one.target.path for one in places if is_field(one.target.loc)}
    for reading in readings:
        documents = reading.compilation.documents
        if reading.path in documents and homes.isdisjoint(documents):
            continue  # It does not know the type.
        files = {reading.path: reading.source}
        files |= {path: one.source for path, one in documents.items()}
        for path, file in files.items():
            known = {one.span.start for one in reading.names if one.file.path == path}
            document = documents.get(path)
            known |= _own_keys(document, word) if document is not None else set()
            for found in use.finditer(file.text):
                start = found.start(str(found.lastgroup))
                if start not in known and not _is_comment(file.text, start):
                    return (
                        f"`{word}` in {_where(file, start)} may be this field as well, "
                        "and its type is not known"
                    )
    return None


def _own_keys(document: Document, word: str) -> set[int]:
    """Where a word is a key of the language."""
    found: set[int] = set()
    for loc, span in document.keys.items():
        if loc and loc[-1] == word:
            shapes, value = shapes_at(document.data, loc[:-1])
            if any(k.name == word for shape in shapes for k in keys_of(shape, value)):
                found |= {span.start, span.start + 1}
    return found


def _is_comment(text: str, at: int) -> bool:
    return text[text.rfind("\n", 0, at) + 1 : at].lstrip().startswith("#")


def _where(file: SourceFile, at: int) -> str:
    return f"`{file.path}:{file.line_at(at)}`"
