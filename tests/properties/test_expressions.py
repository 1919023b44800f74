"""Properties of compiled expressions: Jinja's meaning, and no text that becomes code."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined, pass_context
from n3gen.expressions import parse_expression, parse_template, to_python
from n3gen.names import fill_outside
from n3gen.templates.runtime.values import (
    going_through,
    list_filters,
    lookups,
    text_filters,
)

JINJA = Environment(undefined=StrictUndefined, keep_trailing_newline=True)


def strict(name: str) -> None:
    """Makes a filter of Jinja's refuse what is no list, as all of n3gen's do.

    Jinja's own take `none` and 0 for empty lists, in these filters and no others.
    """
    original = JINJA.filters[name]

    @pass_context
    def checked(context: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        iter(value)
        return original(context, value, *args, **kwargs)

    JINJA.filters[name] = checked


for _name in ("map", "select", "selectattr", "reject", "rejectattr"):
    strict(_name)

NAMES = {"payload": "payload", "docs": "docs", "score": "score", "word": "word"}
DATA: dict[str, Any] = {
    "payload": {
        "name": "Ada Lovelace",
        "count": 3,
        "price": 2.5,
        "ok": True,
        "none": None,
        "empty": "",
        "tags": ["b", "A", "c", "b"],
        "nested": {"deep": {"value": 7}, "list": [1, 2, 3]},
    },
    "docs": [
        {"label": "One", "n": 1, "score": 0.5},
        {"label": "two", "n": 2, "score": 0.25},
        {"label": "Three", "n": 3, "score": 0.75},
    ],
    "score": 0.4,
    "word": "to be, or not to be",
}
MISSING = "(missing)"
BUILTINS = {
    *["abs", "bool", "dict", "enumerate", "float", "int", "isinstance", "len", "list"],
    *["map", "max", "min", "range", "round", "slice", "sorted", "str", "sum", "zip"],
}
SUPPORT_CODE = {
    name: getattr(module, name)
    for module in (going_through, lookups, list_filters, text_filters)
    for name in module.__all__
}


def evaluate(source: str) -> Any:
    source = fill_outside(source, str)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return eval(f"({source})", {**SUPPORT_CODE, **DATA})


def jinja(text: str) -> str | None:
    """What Jinja makes of a template; `None` where it raises."""
    try:
        return JINJA.from_string(text).render(**DATA)
    except Exception:
        return None


def compiled(text: str) -> str | None:
    """What the compiled template gives; `MISSING` where it reads what is not there.

    Jinja raises only where such a value is used, and not where it is in a
    list that nobody looks into.
    """
    parsed = parse_template(text)
    if parsed.faults:
        assert jinja(text) is None, (text, parsed.faults)
        return None
    code = to_python(parsed, NAMES, as_text=True)
    try:
        return str(evaluate(code.source))
    except SyntaxError:
        raise
    except lookups.MissingValue:
        assert code.fallible, (text, code.source)
        return MISSING
    except Exception:
        assert code.fallible, (text, code.source)
        return None


ints = st.integers(-3, 12).map(str)
words = st.sampled_from(
    ["", "a", "Ada", "x y", 'say "hi"', "it's", "{x}", "a\\\\b", "#"]
)
quoted = words.map(lambda text: f'"{text}"' if "'" in text else f"'{text}'")
paths = st.sampled_from(
    [
        *[
            "payload.name",
            "payload.count",
            "payload.price",
            "payload.ok",
            "payload.none",
        ],
        *["payload['empty']", "payload.tags", "payload.tags[0]", "payload.nested.list"],
        *["payload.nested.deep.value", "payload.missing", "docs", "docs[1].label"],
        *["docs[0]['n']", "docs[9]", "score", "word", "word[2:5]", "docs[1:]"],
        *["payload.tags[-1]", "payload[word]", "docs[payload.count - 1].n"],
    ]
)
constants = st.sampled_from(["true", "false", "none", "1.5", "0x1F", "1_000"])
atoms = st.one_of(ints, quoted, paths, constants)


def extended(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.sampled_from(
        [
            *["+", "-", "*", "/", "//", "%", "~", "and", "or", "==", "!=", "<", "<="],
            *[">", ">=", "in", "not in"],
        ]
    )
    filters = st.sampled_from(
        [
            *["abs", "capitalize", "count", "first", "float", "int", "last", "length"],
            *["list", "lower", "max", "min", "round", "string", "sum", "title", "trim"],
            *[
                "upper",
                "wordcount",
                "sort",
                "reverse|list",
                "unique|list",
                "items|list",
            ],
            *[
                "batch(2)|list",
                "slice(2)|list",
                "default('x')",
                "d(1, true)",
                "dictsort",
            ],
            *["float(2.5)", "format", "indent(2)", "int(7)", "join", "join('-')"],
            *[
                "replace('a', 'b')",
                "round(1)",
                "round(0, 'floor')",
                "string|truncate(6)",
            ],
            *["string|truncate(5, true, '~', 0)", "wordwrap(5)", "map('string')|list"],
            *["map(attribute='label')|list", "map(attribute='n')|sum", "select|list"],
            *["select('string')|list", "reject('none')|list", "sort(reverse=true)"],
            *["selectattr('n', 'gt', 1)|map(attribute='label')|join(', ')"],
            *["rejectattr('score', '<', 0.5)|list|length", "sum(attribute='score')"],
            *["sort(attribute='label')", "max(attribute='n')", "groupby('n')"],
            *["batch(2, 'f')|list", "slice(2, 'f')|list", "default(payload.name)"],
            *["unique(case_sensitive=true)|list", "sort(case_sensitive=true)"],
            *["map('default', 'y')|list", "join('/', attribute='label')", "indent"],
        ]
    )
    tests = st.sampled_from(
        [
            *[
                "defined",
                "undefined",
                "none",
                "number",
                "string",
                "mapping",
                "sequence",
            ],
            *["iterable", "boolean", "true", "false", "even", "odd", "divisibleby 3"],
            *["in [1, 'a']", "eq 1", "ne 'a'", "lt 3", "ge 2", "integer", "float"],
            *["lower", "upper", "not none", "not defined", "not even"],
        ]
    )
    return st.one_of(
        st.tuples(inner, binary, inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, binary, inner).map(lambda t: f"{t[0]} {t[1]} {t[2]}"),
        st.tuples(inner, filters).map(lambda t: f"({t[0]})|{t[1]}"),
        st.tuples(inner, tests).map(lambda t: f"({t[0]}) is {t[1]}"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        inner.map(lambda text: f"not {text}"),
        inner.map(lambda text: f"-({text})"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}, {t[1]}]"),
        st.tuples(inner, inner).map(lambda t: f"{{'a': {t[0]}, 'b': {t[1]}}}"),
        st.tuples(inner, inner).map(lambda t: f"1 < {t[0]} <= {t[1]}"),
        inner.map(lambda text: f"({text}).upper()"),
        inner.map(lambda text: f"({text})[0]"),
        inner.map(lambda text: f"({text}).label"),
    )


expressions = st.recursive(atoms, extended, max_leaves=6)


def statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(expressions, inner, inner).map(
            lambda t: f"{{% if {t[0]} %}}{t[1]}{{% else %}}{t[2]}{{% endif %}}"
        ),
        inner.map(
            lambda text: f"{{% for d in docs %}}{text}{{{{ d.n }}}}{{% endfor %}}"
        ),
        inner.map(
            lambda text: "{% for d in docs if d.n > 1 %}{{ loop.index }}/{{ loop.length }}"
            + text
            + "{{ loop.last }}{% else %}none{% endfor %}"
        ),
        st.tuples(expressions, inner).map(
            lambda t: f"{{% set score = {t[0]} %}}{t[1]}{{{{ score }}}}"
        ),
        st.tuples(expressions, inner).map(
            lambda t: f"{{% with word = {t[0]} %}}{t[1]}{{{{ word }}}}{{% endwith %}}"
        ),
        inner.map(lambda text: f"{{% filter upper %}}{text}{{% endfilter %}}"),
        inner.map(lambda text: f"{{% set word %}}{text}{{% endset %}}<{{{{ word }}}}>"),
        inner.map(
            lambda text: f"{{#- note -#}} {text} {{%- raw %}} {{{{ {{% endraw %}}"
        ),
    )


plain = st.sampled_from(
    ["", "Hi ", "a\nb\n", 'say "hi"', "it's", "{ ", " }", "\\n", "é\u202e"]
)
outputs = expressions.map(lambda text: f"{{{{ {text} }}}}")
templates = st.recursive(plain | outputs, statements, max_leaves=5)


@given(templates)
@settings(max_examples=100, deadline=None)
def test_a_compiled_template_gives_what_jinja_gives(text: str) -> None:
    expected = jinja(text)
    found = compiled(text)
    if expected is not None and found != MISSING:
        assert found == expected, text


@given(
    st.text() | templates | st.text("{}%#-+ .|()[]'\"\\ifforendsetab_1\n", max_size=60)
)
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_and_only_known_names_reach_the_source(text: str) -> None:
    for parse in (parse_expression, parse_template):
        parsed = parse(text)
        for fault in parsed.faults:
            assert 0 <= fault.start <= fault.end <= len(text)
        if parsed.faults:
            continue
        names = {reference.name: "known" for reference in parsed.references}
        code = to_python(parsed, names)
        _assert_harmless(code.source)


def _assert_harmless(source: str) -> None:
    source = fill_outside(source, str)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tree = ast.parse(f"({source})", mode="eval")
        compile(tree, "test", "eval")
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Await | ast.Yield | ast.NamedExpr)
        if isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_"), source
    bound = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    loads = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - bound
    assert loads <= {"known", "run"} | SUPPORT_CODE.keys() | BUILTINS, source
