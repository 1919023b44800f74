"""Classes of a Python source whose objects have the fields that their bodies name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from n3gen.semantics.annotations import text_of, type_named
from n3gen.semantics.python_types import Field, Kind, Record
from n3gen.semantics.statements import Facts, bound_names, statements_of

__all__ = ["records_of"]

_BASES: Final[Mapping[str, Kind]] = {
    "typing.NamedTuple": "tuple",
    "typing.TypedDict": "mapping",
    "pydantic.BaseModel": "model",
}
_HARMLESS: Final = frozenset(
    ("__doc__", "__init__", "__module__", "__post_init__", "__slots__", "__qualname__")
)
"""Names between underscores that change nothing of what objects can do."""

_GIVEN: Final[Mapping[str, frozenset[str]]] = {
    "model": frozenset(
        (
            *("construct", "copy", "dict", "from_orm", "json", "parse_file"),
            *("parse_obj", "parse_raw", "schema", "schema_json", "validate"),
            *("model_computed_fields", "model_config", "model_construct", "model_copy"),
            *("model_dump", "model_dump_json", "model_extra", "model_fields"),
            *("model_fields_set", "model_json_schema", "model_parametrized_name"),
            *("model_post_init", "model_rebuild", "model_validate"),
            *("model_validate_json", "model_validate_strings", "update_forward_refs"),
        )
    ),
    "tuple": frozenset(("count", "index")),
}
"""What objects have beside what their classes name."""

_DATACLASS: Final = frozenset(("eq", "frozen", "kw_only", "order", "repr", "slots"))
"""The arguments of `dataclass` that leave it a constructor of its fields."""

_RENAMING: Final = frozenset(("alias", "alias_generator", "validation_alias"))
_FILLING: Final = frozenset(("model_validator", "root_validator", "validator"))
"""What may give the fields of a model by other names, or without being given them."""

_SETTING: Final = frozenset(("setattr", "vars", "__setattr__", "__dict__", "__class__"))
"""What may set attributes whose names a source does not say."""

_CONFIGURED: Final = frozenset(("Config", "model_config"))
_NOTHING: Final = ast.Constant(None)
_NAMING: Final = (
    *(ast.AnnAssign, ast.Assign, ast.AsyncFunctionDef, ast.ClassDef),
    *(ast.FunctionDef, ast.Pass),
)


def records_of(
    classes: Iterable[ast.ClassDef], names: Mapping[str, str], facts: Facts
) -> dict[str, Record]:
    """Those among the classes of a module of which the fields are sure.

    Where others derive from one, an object may be one of these; where the module sets
    attributes by other means than a dot, it may have any.
    """
    sets_any = bool(facts.names & _SETTING)
    read: dict[str, Record] = {}
    for node in classes:
        record = _Class(node, names, read, facts).record()
        if record is not None:
            read[node.name] = record
    return {
        name: replace(
            record,
            fields={
                field: replace(one, is_open=one.is_open or field in facts.stored)
                for field, one in record.fields.items()
            },
            others=record.others | facts.stored,
            are_open=record.are_open or sets_any or name in facts.parents,
        )
        for name, record in read.items()
    }


@dataclass(frozen=True, slots=True)
class _Class:
    """Reads one class; `known` are those before it."""

    node: ast.ClassDef
    names: Mapping[str, str]
    known: Mapping[str, Record]
    facts: Facts

    def record(self) -> Record | None:
        """The class as a record; `None` where it may be more than its body says."""
        if not (self.node.bases or self.node.keywords or self.node.decorator_list):
            return self._plain()
        base = self._base()
        kind = self._kind(base)
        if kind is None:
            return None
        fields = dict(base.fields) if base is not None else {}
        others = {*_GIVEN.get(kind, ()), *(base.others if base is not None else ())}
        is_only_named = self._says_only_named()
        own: set[str] = set()
        for statement in self.node.body:
            if not _only_names(statement):
                return None
            own.update(bound_names(statement))
            if isinstance(statement, ast.AnnAssign) and isinstance(
                statement.target, ast.Name
            ):
                if self._named(statement.annotation) == "dataclasses.KW_ONLY":
                    is_only_named = True
                elif found := self._field(statement, kind, is_only_named=is_only_named):
                    fields[statement.target.id] = found
        unlike = own & fields.keys() - self._annotated()
        is_configured = bool(own & _CONFIGURED)
        return Record(
            self.node.name,
            kind,
            {name: one for name, one in fields.items() if name not in unlike},
            frozenset(others | own),
            are_open=(base is not None and base.are_open)
            or is_configured
            or _does_more(own),
            is_made_otherwise=(base is not None and base.is_made_otherwise)
            or (kind == "model" and (is_configured or self._is_renamed()))
            or bool(unlike),
        )

    def _plain(self) -> Record:
        """A class without anything around it: its fields are what its code sets."""
        functions: set[str] = set()
        values = {*self.facts.stored_in.get(self.node, ())}
        for statement in statements_of(ast.Module(self.node.body, [])):
            is_value = isinstance(statement, ast.Assign | ast.AnnAssign)
            (values if is_value else functions).update(bound_names(statement))
        open_ = Field(_NOTHING, has_default=True, is_open=True)
        fields = {name: open_ for name in sorted(values) if name[0] != "_"}
        others = frozenset(functions)
        are_open = _does_more(functions | values)
        return Record(self.node.name, "plain", fields, others, are_open=are_open)

    def _base(self) -> Record | None:
        """The class of this module that this one derives from."""
        match self.node.bases:
            case [ast.Name(id=name)]:
                return self.known.get(name)
            case _:
                return None

    def _kind(self, base: Record | None) -> Kind | None:
        node = self.node
        kind: Kind | None = None
        match node.bases, node.decorator_list:
            case [], [decorator]:
                kind = "data" if self._makes_data(decorator) else None
            case [_], [decorator]:
                is_same = base is not None and base.kind == "data"
                kind = "data" if is_same and self._makes_data(decorator) else None
            case [one], []:
                kind = _BASES.get(type_named(one, self.names))
                if base is not None and base.kind in ("mapping", "model"):
                    kind = base.kind
            case _:
                pass
        keywords = {keyword.arg for keyword in node.keywords}
        return kind if keywords <= ({"total"} if kind == "mapping" else set()) else None

    def _makes_data(self, decorator: ast.expr) -> bool:
        """Whether a decorator is `dataclass`, and leaves the fields to be the arguments."""
        if not isinstance(decorator, ast.Call):
            return self._named(decorator) == "dataclasses.dataclass"
        names = {keyword.arg for keyword in decorator.keywords}
        is_known = names <= _DATACLASS and not decorator.args
        return is_known and self._makes_data(decorator.func)

    def _says_only_named(self) -> bool:
        return any(
            keyword.arg == "kw_only" and not _is(keyword.value, False)
            for decorator in self.node.decorator_list
            if isinstance(decorator, ast.Call)
            for keyword in decorator.keywords
        )

    def _named(self, node: ast.expr) -> str:
        """What a name, or the name before brackets, stands for."""
        parsed = text_of(node) or node
        owner = parsed.value if isinstance(parsed, ast.Subscript) else parsed
        return type_named(owner, self.names)

    def _annotated(self) -> set[str]:
        return {
            one.target.id
            for one in self.node.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        }

    def _field(
        self, said: ast.AnnAssign, kind: Kind, *, is_only_named: bool
    ) -> Field | None:
        """A field of a class; `None` for what belongs to the class itself."""
        name, around = said.target, self._named(said.annotation)
        is_private = isinstance(name, ast.Name) and name.id.startswith("_")
        if around == "typing.ClassVar" or (kind == "model" and is_private):
            return None
        annotation, is_variable = said.annotation, around == "dataclasses.InitVar"
        if is_variable:
            parsed = text_of(annotation)
            if isinstance(parsed, ast.Subscript):
                annotation = parsed.slice
        value = said.value
        is_made = isinstance(value, ast.Call)
        found = Field(
            annotation,
            has_default=value is not None and not _is(value, ...),
            may_be_none=value is not None and _holds_none(value),
            is_open=is_made or _is_called(annotation),
            is_read=not is_variable and not is_private,
            is_only_named=is_only_named or kind == "model",
        )
        if not isinstance(value, ast.Call):
            return found
        if self._named(value.func) not in ("dataclasses.field", "pydantic.Field"):
            return found
        return _of_call(found, value)

    def _is_renamed(self) -> bool:
        """Whether the arguments of a model may be others than its fields."""
        for inner in ast.walk(self.node):
            match inner:
                case ast.keyword(arg=name) if name in _RENAMING:
                    return True
                case ast.Name(id=name) | ast.Attribute(attr=name) if name in _FILLING:
                    return True
                case _:
                    pass
        return False


def _only_names(statement: ast.stmt) -> bool:
    """Whether a statement in the body of a class does nothing but name something."""
    return isinstance(statement, _NAMING) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _of_call(found: Field, call: ast.Call) -> Field:
    """A field that is written as a call of `field`."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    first = call.args[0] if call.args else given.get("default", ast.Constant(...))
    is_unknown = None in given or len(call.args) > 1
    has_default = "default_factory" in given or not _is(first, ...) or is_unknown
    return replace(
        found,
        has_default=has_default,
        is_open=is_unknown or _is_called(found.annotation),
        is_given=_is(given.get("init", ast.Constant(True)), True),
        is_only_named=found.is_only_named or "kw_only" in given,
    )


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _holds_none(node: ast.expr) -> bool:
    return any(isinstance(one, ast.expr) and _is(one, None) for one in ast.walk(node))


def _is_called(annotation: ast.expr) -> bool:
    """Whether an annotation is more than a type, as `Annotated[int, Field(gt=3)]` is."""
    return any(isinstance(one, ast.Call) for one in ast.walk(annotation))


def _does_more(names: Iterable[str]) -> bool:
    """Whether a class says what its objects do where they are not read, but used."""
    return any(name[:2] == name[-2:] == "__" for name in {*names} - _HARMLESS)
