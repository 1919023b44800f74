"""The names that a piece of Python reads from its module, and the same piece with others."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

__all__ = ["global_names", "identifiers", "renamed"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def global_names(tree: ast.AST) -> frozenset[str]:
    """The names that `tree` reads and that are no variable of a function around them."""
    return frozenset(name.id for name in _global_reads(tree, frozenset()))


def identifiers(tree: ast.AST) -> frozenset[str]:
    """All names in `tree` that could cover another: read, bound, or defined."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, _Function | ast.ClassDef):
            names.add(node.name)
    return frozenset(names)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The definition `text` with other names for what it defines and reads of its module.

    Texts, attributes, keywords and local variables stay; a type named in the text that
    `cast` takes first is a name as any other.
    """
    tree = ast.parse(text)
    lines = [line.encode() for line in text.split("\n")]
    places = {place for place in _places(tree, lines) if place[0] in names}
    for name, line, column in sorted(places, key=lambda p: p[1:], reverse=True):
        old = lines[line - 1]
        end = column + len(name.encode())
        lines[line - 1] = old[:column] + names[name].encode() + old[end:]
    return b"\n".join(lines).decode()


def _places(tree: ast.Module, lines: Sequence[bytes]) -> Iterator[tuple[str, int, int]]:
    """Where the global names of a definition stand: line, and column in bytes."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                column = lines[node.lineno - 1].index(node.name.encode())
                yield node.name, node.lineno, column
            case ast.Assign(targets=[ast.Name() as target]):
                yield target.id, target.lineno, target.col_offset
                yield from _own_name(node.value)
            case ast.AnnAssign(target=ast.Name() as target):
                yield target.id, target.lineno, target.col_offset
            case _:
                pass
    for read in _global_reads(tree, frozenset()):
        yield read.id, read.lineno, read.col_offset


_PARAMETERS = ("ParamSpec", "TypeVar", "TypeVarTuple")
"""What makes the parameter of a type, whose first argument is the name of its variable."""


def _own_name(value: ast.expr) -> Iterator[tuple[str, int, int]]:
    """The name inside the quotes of `TypeVar("T")`, which checkers compare with its variable."""
    match value:
        case ast.Call(
            func=ast.Name(id=made), args=[ast.Constant(value=str(name)) as text, *_]
        ) if (made in _PARAMETERS):
            yield name, text.lineno, text.col_offset + 1


def _global_reads(tree: ast.AST, local: frozenset[str]) -> list[ast.Name]:
    found: list[ast.Name] = []
    waiting: list[tuple[ast.AST, frozenset[str]]] = [(tree, local)]
    while waiting:
        node, local = waiting.pop()
        inner, inside = local, list[ast.AST]()
        around: Iterable[ast.AST] = ()
        match node:
            case ast.Name():
                if node.id not in local and isinstance(node.ctx, ast.Load):
                    found.append(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                around = [*node.decorator_list, node.args]
                around += [node.returns] if node.returns else []
                inner, inside = local | _bound(node.args, node.body), [*node.body]
            case ast.Lambda():
                around = [node.args]
                inner, inside = local | _bound(node.args, [node.body]), [node.body]
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                inner = local | _stored(node.generators)
                inside = [*ast.iter_child_nodes(node)]
                around = [node.generators[0].iter]
            case ast.Constant() | ast.expr_context() | ast.operator() | ast.cmpop():
                pass
            case ast.Call(func=ast.Name(id="cast"), args=[ast.Constant() as type_, *_]):
                found += _quoted_reads(type_, local)
                around = ast.iter_child_nodes(node)
            case _:
                around = ast.iter_child_nodes(node)
        waiting += [(part, local) for part in around]
        waiting += [(part, inner) for part in inside]
    return found


def _quoted_reads(quoted: ast.Constant, local: frozenset[str]) -> list[ast.Name]:
    """The names in the quoted type of a `cast`, at their places in the file."""
    if not isinstance(quoted.value, str):
        return []
    reads = _global_reads(ast.parse(quoted.value, mode="eval"), local)
    for read in reads:
        read.lineno = quoted.lineno
        read.col_offset += quoted.col_offset + 1
    return reads


def _stored(generators: Iterable[ast.comprehension]) -> frozenset[str]:
    """The variables of a comprehension."""
    targets = (node for each in generators for node in ast.walk(each.target))
    return frozenset(node.id for node in targets if isinstance(node, ast.Name))


def _bound(arguments: ast.arguments, body: Collection[ast.AST]) -> frozenset[str]:
    """The parameters of a function and the names that its body binds."""
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    given += [arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None]
    names = {argument.arg for argument in given}
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
                continue
            case ast.AsyncFunctionDef(name=name):
                names.add(name)
                continue
            case ast.Import(names=found) | ast.ImportFrom(names=found):
                names.update(alias.asname or alias.name for alias in found)
                continue
            case ast.Lambda():
                continue
            case ast.ExceptHandler(name=str(name)):
                names.add(name)
            case _:
                pass
        waiting.extend(ast.iter_child_nodes(node))
    return frozenset(names)
