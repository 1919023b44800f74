"""The tables of keys in docs/language.md are those that the reader reads by.

Each stands between two comments, `<!-- keys: NAME -->` and `<!-- end of keys -->`;
`pytest --update-goldens` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from n3gen.expressions.calls import FUNCTIONS
from n3gen.expressions.filters import FILTERS
from n3gen.expressions.methods import METHODS
from n3gen.expressions.predicates import TESTS
from n3gen.spec.blocks import BLOCKS
from n3gen.spec.entries import TRIES, Step
from n3gen.spec.json_schema import RECORDS
from n3gen.spec.key_shapes import Duration
from n3gen.spec.keys import Key, Record, built
from n3gen.spec.steps import KINDS
from n3gen.spec.test_nodes import Mock

PAGE = Path(__file__).parent.parent / "docs" / "language.md"
TABLE = re.compile(
    r"(<!-- keys: (\w+) -->\n).*?(<!-- end of keys -->)", re.DOTALL | re.MULTILINE
)
MOCK = Record("mock", Mock.KEYS)
STEP = Record("step", (*Step.COMMON, *TRIES))


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def default_of(key: Key) -> str:
    if isinstance(key.shape, Duration):
        return f"{key.default:g} s"
    return "`true`" if key.default is True else f"`{key.default}`"


def cells_of(key: Key) -> tuple[str, str, str]:
    about = key.about
    if key.needed:
        about += "; needed"
    elif key.default not in (None, False):
        about += f"; default {default_of(key)}"
    return f"`{key.name}`", key.shape.words, about


def table(title: str, keys: Iterable[Key]) -> str:
    rows = (row(*cells_of(key)) for key in built(tuple(keys)))
    return row(title, "takes", "meaning") + row("---", "---", "---") + "".join(rows)


def table_of_kinds() -> str:
    rows = (
        row(f"`{name}`", *cells_of(key))
        for name, kind in KINDS.items()
        for key in kind.KEYS
        if key not in TRIES
    )
    return (
        row("kind", "key", "takes", "meaning")
        + row("---", "---", "---", "---")
        + "".join(rows)
    )


def tables() -> dict[str, str]:
    blocks = (Record(word, block.KEYS) for word, block in BLOCKS.items())
    constructs = {form.name: form for form in (*RECORDS, *blocks, STEP, MOCK)}
    del constructs["named_tool"]  # a tool without its name
    found = {
        name: table(f"key of `{name}`", form.keys) for name, form in constructs.items()
    }
    return {
        **found,
        "kinds": table_of_kinds(),
        "filters": table_of_filters(),
        "functions": table_of_functions(),
        "tests": table_of_names("tests, `x is NAME`", (*TESTS, "defined", "undefined")),
        "methods": table_of_names("methods, `x.NAME()`", METHODS),
    }


def table_of_filters() -> str:
    rows = (
        row(f"`{name}`", words(known.parameters, known.required), known.about)
        for name, known in sorted(FILTERS.items())
    )
    head = row("filter", "arguments", "what it gives") + row("---", "---", "---")
    return head + "".join(rows)


def words(parameters: tuple[str, ...] | None, required: int) -> str:
    """The parameters of a filter, those in brackets that it can do without."""
    if parameters is None:
        return "any"
    shown = [
        f"`{name}`" if index < required else f"[`{name}`]"
        for index, name in enumerate(parameters)
    ]
    return ", ".join(shown)


def table_of_functions() -> str:
    rows = (row(f"`{name}()`", known.about) for name, known in FUNCTIONS.items())
    return row("function", "what it gives") + row("---", "---") + "".join(rows)


def table_of_names(title: str, names: Iterable[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in sorted(names))
    return row(title) + row("---") + row(listed)


@pytest.mark.xdist_group("pages")
def test_the_page_has_the_tables_of_keys(update_goldens: bool) -> None:
    text = PAGE.read_text(encoding="utf-8")
    made = tables()
    fresh = TABLE.sub(lambda found: found[1] + made[found[2]] + found[3], text)
    if update_goldens:
        PAGE.write_text(fresh, encoding="utf-8")
    else:
        assert text == fresh, "pytest --update-goldens writes the tables anew"


def test_every_construct_has_its_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert sorted(name for _, name, _ in TABLE.findall(text)) == sorted(tables())
