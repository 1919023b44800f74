"""The statements of a template, as one Python expression of the same text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from jinja2 import nodes

from n3gen.expressions.going_through import gone_through
from n3gen.expressions.model import Shape
from n3gen.expressions.rules import ExpressionTooDeep, StatementNotAllowed
from n3gen.expressions.texts import Part, text_piece
from n3gen.expressions.tokens import CHAIN
from n3gen.expressions.writer import Level, Piece, Scope, Writer

__all__ = ["template_piece"]

_Target = str | tuple["_Target", ...]
"""What a loop or a `set` binds: a name, or several that one value is spread over."""


@dataclass(slots=True)
class _Block:
    """A stretch of a template: what it prints, and what it sets: targets and sources."""

    parts: list[Part] = field(default_factory=list)
    clauses: list[tuple[_Target, str]] = field(default_factory=list)


def template_piece(writer: Writer, tree: nodes.Template) -> Piece:
    """The text of a template."""
    return _within(writer, lambda: _text(writer, _block(writer, tree.body)), Scope())


def _within(writer: Writer, write: Callable[[], Piece], scope: Scope) -> Piece:
    writer.scopes.append(scope)
    try:
        return write()
    finally:
        writer.scopes.pop()


def _text(writer: Writer, block: _Block) -> Piece:
    """The text of a block, in the scope that is its own."""
    piece = text_piece(block.parts)
    if not block.clauses:
        return piece
    return _join(_rounds_text(writer, piece, block))


def _join(inside: str) -> Piece:
    """The text of all rounds."""
    return Piece(f'"".join({inside})', kind="str", is_joined=True)


def _rounds_text(writer: Writer, piece: Piece, block: _Block) -> str:
    """The inside of a comprehension; a text of several lines stays on lines of its own."""
    shown = writer.scopes[-1].shown
    clauses = [
        f"for {_target_text(target, shown)} in {source}"
        for target, source in block.clauses
    ]
    if not piece.inner:
        return " ".join([piece.text, *clauses])
    return "\n".join(["", piece.inner, *(f"    {clause}" for clause in clauses), ""])


def _block(writer: Writer, body: Sequence[nodes.Node]) -> _Block:
    block = _Block()
    for node in body:
        if isinstance(node, nodes.Output):
            block.parts += [_printed(writer, part) for part in node.nodes]
        elif isinstance(node, nodes.If):
            block.parts.append(_choice(writer, node))
        elif isinstance(node, nodes.For):
            block.parts.append(_loop(writer, node))
        elif isinstance(node, nodes.With):
            block.parts.append(_with(writer, node))
        elif isinstance(node, nodes.FilterBlock):
            inner = _body(writer, node.body)
            block.parts.append(_filtered(writer, node.filter, inner))
        elif isinstance(node, nodes.Assign | nodes.AssignBlock):
            block.clauses.append(_assignment(writer, node))
            _check_length(writer, node, len(block.clauses))
    return block


def _printed(writer: Writer, node: nodes.Expr) -> Part:
    address = writer.address
    if isinstance(node, nodes.TemplateData):
        if address is not None:
            address.add(node.data)
        return node.data
    return writer.write(node) if address is None else address.value(writer, node)


def _body(writer: Writer, body: Sequence[nodes.Node]) -> Piece:
    """The text of a block that has a scope of its own."""
    return _within(writer, lambda: _text(writer, _block(writer, body)), Scope())


def _choice(writer: Writer, node: nodes.If) -> Piece:
    branches: list[tuple[str, Piece]] = []
    address = writer.address
    if address is not None:
        address.begin_branches()
    for branch in [node, *node.elif_]:
        test = writer.write(branch.test).at(Level.OR)
        branches.append((test, _branch(writer, branch.body)))
    _check_length(writer, node, min(len(branches), CHAIN + 1))
    text = _branch(writer, node.else_).text
    if address is not None:
        address.end_branches()
    for test, branch_text in reversed(branches):
        text = f"{branch_text.at(Level.OR)} if {test} else {text}"
    return Piece(text, Level.CHOICE, "str")


def _check_length(writer: Writer, node: nodes.Node, length: int) -> None:
    """Report more branches or variables than Python could nest."""
    if length == CHAIN + 1:
        token = writer.token(node)
        writer.fault(ExpressionTooDeep.chain(CHAIN, token.start, token.end))


def _branch(writer: Writer, body: Sequence[nodes.Node]) -> Piece:
    """The text of a branch; what it sets is lost to what follows."""
    scope = Scope()
    piece = _within(writer, lambda: _text(writer, _block(writer, body)), scope)
    if writer.address is not None:
        writer.address.next_branch()
    outer = writer.scopes[-1]
    outer.lost |= scope.bound.keys() | scope.lost
    for name in scope.bound:
        outer.bound.pop(name, None)
    return piece


def _loop(writer: Writer, node: nodes.For) -> Piece:
    if node.recursive:
        token = writer.token(node)
        hint = "call a `python` step for a tree"
        what = "a recursive `{% for %}`"
        fault = StatementNotAllowed.form(what, token.start, token.end, hint)
        return writer.fault(fault)
    items = writer.write(node.iter)
    shape = items.shape.items if items.shape is not None else None
    shape = shape if shape is not None and shape.fields else None
    is_sure = shape is not None or _is_view(node.iter)
    source = items.at(Level.OR) if is_sure else gone_through(writer, items, "for")
    writer.fallible = True
    scope = Scope()
    address = writer.address
    if address is not None:
        address.begin_branches()
    inner = _within(writer, lambda: _rounds(writer, node, scope, source, shape), scope)
    if address is not None:
        address.next_branch()
    other = _body(writer, node.else_).text
    if address is not None:
        address.next_branch()
        address.end_branches()
    if not node.else_:
        # An `await` makes a generator one that `join` cannot read, and not so a list.
        return _join(f"[{inner.text}]" if writer.awaits else inner.text)
    return _join(f"[{inner.text}] or [{other}]")


def _is_view(node: nodes.Node) -> bool:
    """Whether a node reads the entries of a mapping, and so fails itself for none."""
    match node:
        case nodes.Call(node=nodes.Getattr(attr="items" | "keys" | "values")):
            return True
        case _:
            return False


def _rounds(
    writer: Writer, node: nodes.For, scope: Scope, source: str, shape: Shape | None
) -> Piece:
    """The inside of a loop's comprehension."""
    target = _target(writer, node.target, shape)
    condition = ""
    if node.test is not None:
        condition = f" if {writer.write(node.test).at(Level.OR)}"
    loop = writer.bind("loop", kind="loop")
    block = _block(writer, node.body)
    clause: tuple[_Target, str] = (target, f"{source}{condition}")
    if loop not in scope.unread:
        text = _target_text(target)
        value = text if isinstance(target, str) else f"({text})"
        kept = f"[{value} for {text} in {source}{condition}]"
        places = writer.call("looped", kept if condition else source)
        clause = ((loop, target), places)
    block.clauses.insert(0, clause)
    return Piece(_rounds_text(writer, text_piece(block.parts), block))


def _target_text(target: _Target, shown: Callable[[str], str] = str) -> str:
    """The source of a target, whose names are written as `shown` says."""
    if isinstance(target, str):
        return shown(target)
    parts = [
        (
            _target_text(part, shown)
            if isinstance(part, str)
            else f"({_target_text(part, shown)})"
        )
        for part in target
    ]
    return f"{parts[0]}," if len(parts) == 1 else ", ".join(parts)


def _with(writer: Writer, node: nodes.With) -> Piece:
    values = [writer.loose(writer.write(value)).text for value in node.values]
    scope = Scope()

    def write() -> Piece:
        targets = tuple(_target(writer, target) for target in node.targets)
        block = _block(writer, node.body)
        if len(targets) == 1:
            block.clauses.insert(0, (targets[0], f"({values[0]},)"))
        elif targets:
            block.clauses.insert(0, (targets, f"(({', '.join(values)}),)"))
        return _text(writer, block)

    return _within(writer, write, scope)


def _assignment(
    writer: Writer, node: nodes.Assign | nodes.AssignBlock
) -> tuple[_Target, str]:
    """What `{% set %}` sets, as the target and the source of a `for` clause."""
    if isinstance(node, nodes.Assign):
        value = writer.loose(writer.write(node.node)).text
    else:
        around = writer.address
        inner = writer.address = around.inner() if around is not None else None
        body = _body(writer, node.body)
        body = body if inner is None else inner.whole(writer, body)
        value = _filtered(writer, node.filter, body).text
        writer.address = around
    return _target(writer, node.target), f"({value},)"


def _filtered(writer: Writer, node: nodes.Filter | None, text: Piece) -> Piece:
    if node is None:
        return text
    before, writer.block = writer.block, text
    piece = writer.write(node)
    writer.block = before
    return piece


def _target(writer: Writer, node: nodes.Node, shape: Shape | None = None) -> _Target:
    """Bind the names of a target."""
    token = writer.token(node)
    if isinstance(node, nodes.Name) and node.name != "loop":
        return writer.bind(node.name, shape)
    if isinstance(node, nodes.Tuple):
        return tuple(_target(writer, item) for item in node.items)
    what = "setting `loop`" if isinstance(node, nodes.Name) else "a namespace"
    hint = "set a name of its own"
    writer.fault(StatementNotAllowed.form(what, token.start, token.end, hint))
    return "_"
