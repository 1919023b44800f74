"""What the texts of a spec read, and every fault in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from jinja2 import nodes

from n3gen.diagnostics import nearest
from n3gen.diagnostics.suggest import nearest_field
from n3gen.expressions import calls, filters, operators, paths, predicates
from n3gen.expressions.inside import is_joined, without_template
from n3gen.expressions.model import (
    STEP_FACTS,
    Fault,
    Parsed,
    Reference,
    Shape,
    Token,
)
from n3gen.expressions.parsing import expression_tree, template_tree
from n3gen.expressions.rules import ExpressionSyntax, ExpressionTooDeep, UnknownField
from n3gen.expressions.syntax_rules import TemplateSyntax
from n3gen.expressions.templates import template_piece
from n3gen.expressions.tokens import LEVELS, Unreadable, tokens_of
from n3gen.expressions.writer import Form, Piece, Writer
from n3gen.names import state_of
from n3gen.source import Loc

_FACTS_ELSEWHERE = {
    "state": "status",
    "outcome": "status",
    "conclusion": "status",
    "duration": "elapsed_ms",
    "time": "elapsed_ms",
    "tries": "attempts",
    "retries": "attempts",
    "exception": "error",
}
"""What other languages call the facts of a step."""

__all__ = [
    "FORMS",
    "field_faults",
    "forget_texts",
    "parse_expression",
    "parse_template",
    "templates_in",
    "writer_of",
    "written",
]

FORMS: Mapping[type[nodes.Node], Form] = {
    **operators.FORMS,
    **paths.FORMS,
    **calls.FORMS,
    **filters.FORMS,
    **predicates.FORMS,
}
"""How each class of node is written."""

_NO_STATEMENT = "write the expression alone, such as `payload.a`"

_BRACES = re.compile(r"(?:'\{\{\s*([^{}]*?)\s*\}\}'|\{\{\s*([^{}]*?)\s*\}\})")
"""An expression in braces, in quotes or not."""

_SHOWN = 60
"""How many characters of an expression are written out in a way out."""

_DASHED = re.compile(r"(?:-[^\W\d]\w*)+")
"""What follows a name of which an expression reads the part before its `-`."""

_SIGNS = ("{{", "{%", "{#")


@cache
def parse_template(text: str, plain: frozenset[str] = frozenset()) -> Parsed:
    """A text with `{{ }}` and `{% %}` in it, or with neither.

    `plain` are names of families, such as `run`, that are names of values here.
    """
    if not any(sign in text for sign in _SIGNS):
        return Parsed(text, constant=text)
    try:
        tokens = tokens_of(text, bare=False)
        tree = template_tree(text, tokens)
    except Unreadable as stop:
        return Parsed(text, (stop.fault,))
    single = _single(tree)
    if single is not None:
        return _walked(text, single, tokens, plain)
    constant = _constant(tree)
    if constant is not None:
        return Parsed(text, constant=constant)
    return _walked(text, tree, tokens, plain)


@cache
def parse_expression(text: str, plain: frozenset[str] = frozenset()) -> Parsed:
    """A condition: a bare expression, or one between `{{` and `}}`, quoted or not."""
    text = _unquoted(text)
    if text.lstrip().startswith("{{"):
        return _enclosed(text, plain)
    try:
        tokens = tokens_of(text, bare=True)
        tree = expression_tree(text, tokens)
    except Unreadable as stop:
        return Parsed(text, (stop.fault,))
    return _walked(text, tree, tokens, plain)


def forget_texts(most: int = 0) -> None:
    """Forget all texts read so far, where they are more than so many.

    Those of one file stay known until it is compiled.
    """
    for known in (parse_template, parse_expression):
        if known.cache_info().currsize > most:
            known.cache_clear()


def _unquoted(text: str) -> str:
    """Blank the quotes around a whole `"{{ ... }}"`, so that offsets stay true."""
    bare = text.strip()
    inner = bare[1:-1]
    quoted = bare[:1] in ('"', "'") and bare[-1:] == bare[:1] and bare[0] not in inner
    if not quoted or not inner.lstrip().startswith("{{"):
        return text
    start = text.index(bare)
    return f"{text[:start]} {inner} {text[start + len(bare) :]}"


def templates_in(data: Any, loc: Loc = ()) -> Iterator[tuple[Loc, Parsed]]:
    """The texts in nested data, each with its loc, which begins with `loc`."""
    if isinstance(data, str):
        yield loc, parse_template(data)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from templates_in(value, (*loc, key))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from templates_in(value, (*loc, index))


def field_faults(parsed: Parsed, shapes: Mapping[str, Shape]) -> tuple[Fault, ...]:
    """The fields that an expression reads of known types that do not have them."""
    text = parsed.text
    found = (_field_fault(reference, shapes, text) for reference in parsed.references)
    return tuple(fault for fault in found if fault is not None)


def written(parsed: Parsed, writer: Writer) -> Piece:
    """The source of what was read, all on the account of `writer`."""
    if isinstance(parsed.tree, nodes.Template):
        return template_piece(writer, parsed.tree)
    return writer.write(parsed.tree)


def writer_of(
    parsed: Parsed,
    names: Mapping[str, Any] | None,
    reserved: frozenset[str] = frozenset(),
) -> Writer:
    """A writer for what was read; without names, one that only notes what it meets."""
    return Writer(parsed.tokens, names, FORMS, reserved, parsed.plain)


def _enclosed(text: str, plain: frozenset[str]) -> Parsed:
    parsed = parse_template(text, plain)
    if [fault.rule for fault in parsed.faults] == [TemplateSyntax]:
        # No statement stands here, in whatever braces.
        (fault,) = parsed.faults
        return replace(parsed, faults=(replace(fault, help=_NO_STATEMENT),))
    if parsed.faults or parsed.is_single:
        return parsed
    single = _single(parsed.tree, padded=True) if parsed.tree is not None else None
    if single is not None:
        return _walked(text, single, list(parsed.tokens), plain)
    start = len(text) - len(text.lstrip())
    what = "this must be one expression, with no text around it"
    fault = ExpressionSyntax.of(what, start, len(text.rstrip()), _without_braces(text))
    return Parsed(text, (fault,))


def _without_braces(text: str) -> str:
    """How to write `{{ a }} == 1`, whose braces enclose a part of what was meant."""
    if is_joined(text):
        meant = without_template(text.strip())
    else:
        meant = _BRACES.sub(lambda found: found[1] or found[2], text).strip()
    if len(meant) > _SHOWN or parse_expression(meant).faults:
        return _NO_STATEMENT
    return f"write `{meant}`"


def _walked(
    text: str, tree: nodes.Node, tokens: list[Token], plain: frozenset[str]
) -> Parsed:
    is_single = not isinstance(tree, nodes.Template)
    parsed = Parsed(
        text, is_single=is_single, tree=tree, tokens=tuple(tokens), plain=plain
    )
    writer = writer_of(parsed, None)
    try:
        written(parsed, writer)
    except RecursionError:
        fault = ExpressionTooDeep.of(LEVELS, tokens[0].start, tokens[-1].end)
        return Parsed(text, (fault,))
    faults = tuple(dict.fromkeys(writer.faults))
    return replace(parsed, faults=faults, references=tuple(writer.references))


def _single(tree: nodes.Template, padded: bool = False) -> nodes.Expr | None:
    """The one expression of a template that has nothing else in it."""
    found: list[nodes.Expr] = []
    for node in tree.body:
        if not isinstance(node, nodes.Output):
            return None
        found += [
            part
            for part in node.nodes
            if not (
                padded and isinstance(part, nodes.TemplateData) and part.data.isspace()
            )
        ]
    is_one = len(found) == 1 and not isinstance(found[0], nodes.TemplateData)
    return found[0] if is_one else None


def _constant(tree: nodes.Template) -> str | None:
    """The text of a template that has no expressions."""
    texts: list[str] = []
    for node in tree.body:
        if not isinstance(node, nodes.Output):
            return None
        for part in node.nodes:
            if not isinstance(part, nodes.TemplateData):
                return None
            texts.append(part.data)
    return "".join(texts)


def _way_to(reference: Reference, owner: str, name: str) -> str:
    """What was likely meant by a field of a plain value; empty where nothing is known."""
    if reference.root == "step" and owner == reference.name:
        fact = nearest(name, STEP_FACTS) or _FACTS_ELSEWHERE.get(name)
        return f"write `steps.{owner}.{fact}`" if fact else ""
    meant = filters.ELSEWHERE.get(name, name)
    is_held = meant in filters.FILTERS and meant not in filters.OF_MAPPINGS
    return f"write `{owner} | {meant}`" if is_held else ""


def _field_fault(
    reference: Reference, shapes: Mapping[str, Shape], text: str
) -> Fault | None:
    if reference.root in ("env", "loop"):
        return None
    known_as, owner = reference.name, reference.name
    if reference.root == "state":
        known_as, owner = state_of(known_as), f"state.{owner}"
    shape = shapes.get(known_as)
    path = [*zip(reference.path, reference.places, strict=True)]
    if reference.fact:
        owner = f"steps.{reference.name}.{reference.fact}"
        shape, path = STEP_FACTS[reference.fact], path[1:]
    for name, place in path:
        if shape is None:
            return None
        if shape.kind == "list" or (shape.kind == "str" and name.isdecimal()):
            return None
        if shape.kind not in ("mapping", "model"):
            way = _way_to(reference, owner, name)
            return UnknownField.plain(owner, name, shape.kind, place, way)
        name = shape.own(name)
        if name not in shape.fields:
            known = list(shape.fields)
            if reference.root == "step" and owner == reference.name:
                owner, known = f"steps.{owner}", [*STEP_FACTS, *known]
            behind = _DASHED.match(text, place[1])
            if behind and (whole := name + behind[0]) in shape.fields:
                end = (place[0], behind.end())
                return UnknownField.dashed(owner, whole, end)
            near = nearest_field(name, known, shape.others)
            meant = near and shape.written(near)
            return UnknownField.of(owner, name, place, known, meant)
        shape, owner = shape.fields[name], f"{owner}.{name}"
    return None
