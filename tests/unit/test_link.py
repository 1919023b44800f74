"""Names of the support give way to the user's; what is linked is what is used."""

from __future__ import annotations

import ast

import pytest
from n3gen.emit.global_names import global_names, renamed
from n3gen.emit.link import Names, import_text, link_shared, link_standalone
from n3gen.emit.render import render_template, template_variables
from n3gen.emit.support import support

from tests.building import built_text


def test_no_two_definitions_of_the_support_share_a_name_by_chance() -> None:
    texts: dict[str, set[str]] = {}
    imports: dict[str, set[object]] = {}
    for file in support().files.values():
        for definition in file.definitions.values():
            texts.setdefault(definition.name, set()).add(definition.text)
        for name, found in file.imports.items():
            imports.setdefault(name, set()).add(found)
    assert [name for name, found in texts.items() if len(found) > 1] == []
    assert [name for name, found in imports.items() if len(found) > 1] == []
    assert not texts.keys() & imports.keys()


def test_no_definition_of_the_support_has_a_private_name() -> None:
    # Names of chain functions begin with an underscore, so that the two never meet.
    assert [name for name in support().homes if name.startswith("_")] == []


def test_every_file_of_the_support_follows_those_that_it_imports() -> None:
    seen: set[str] = set()
    for file in support().files.values():
        needed = {file.others[n] for n in file.others if n not in file.typing_only}
        assert needed <= seen, file.path
        seen.add(file.path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "def get(data: Any, get: int) -> Any:\n    return get + data.get(1)",
            "def get_(data: Any_, get: int) -> Any_:\n    return get + data.get(1)",
        ),
        (
            "class Run(Base):\n    get = 1\n\n    def run(self) -> Run:\n        return get()",
            "class Run(Base):\n    get = 1\n\n    def run(self) -> Run:\n        return get_()",
        ),
        (
            'X = cast("list[Any]", get(get=1, text="get"))',
            'X = cast("list[Any_]", get_(get=1, text="get"))',
        ),
        ('get = TypeVar("get", bound=Any)', 'get_ = TypeVar("get_", bound=Any_)'),
        ('get = Any("get")', 'get_ = Any_("get")'),
        (
            "é = 'ü', get, [get for get in get]",
            "é = 'ü', get_, [get for get in get_]",
        ),
        (
            "async def f(*, a=get):\n    lambda get: get\n    x = get\n",
            "async def f(*, a=get_):\n    lambda get: get\n    x = get_\n",
        ),
    ],
)
def test_definitions_are_renamed_where_they_read_their_module(
    text: str, expected: str
) -> None:
    assert renamed(text, {"get": "get_", "Any": "Any_"}) == expected


def test_names_give_way_to_the_users() -> None:
    names = Names(public={"Run", "list"}, fields={"str"}, variables={"get", "len"})
    spelled = {name: names.use(name) for name in ("Run", "list", "str", "get", "len")}
    assert spelled == {
        "Run": "Run_",
        "list": "list_",
        "str": "str_",
        "get": "get_",
        "len": "len",
    }
    assert names.own("Group") == "Group_"
    assert names.own("unheard") == "unheard"
    assert names.own("unheard") == "unheard_"
    assert Names(public={"run_chain"}).use("ChainError") == "ChainError"


def test_a_shared_module_imports_from_the_files_of_the_support() -> None:
    names = Names(public={"Run"}, variables={"Any", "json"})
    for name in ("Run", "Step", "get", "Any", "Mapping", "json", "int"):
        names.use(name)
    assert link_shared(names, 1, ["import app.tools"]).imports == (
        "import json as json_\n"
        "from collections.abc import Mapping\n"
        "from typing import Any as Any_\n"
        "\n"
        "import app.tools\n"
        "\n"
        "from .._runtime.run.run import Run as Run_\n"
        "from .._runtime.run.run import Step\n"
        "from .._runtime.values.lookups import get"
    )


def test_a_standalone_module_has_what_it_uses_under_other_names() -> None:
    names = Names(public={"Run", "dict"})
    names.use("Run")
    linked = link_standalone(names)
    assert "from builtins import dict as dict_" in linked.imports
    tree = ast.parse(linked.support)
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert "Run_" in defined and "Run" not in defined
    assert not {"Run", "dict"} & global_names(tree)
    compile(linked.support, "support", "exec")


def test_imports_are_in_isorts_order() -> None:
    statements = [
        ("b", 0, "x", "x", "x"),
        ("a.c", 2, "y", "y", "y"),
        ("a", 1, "K", "K", "K"),
        ("os", 0, "os", None, "os"),
        ("os", 0, "path", "path", "path"),
    ]
    assert import_text(statements, ["import B"]).split("\n") == [
        "import os",
        "from os import path",
        "",
        "import B",
        "from b import x",
        "",
        "from ..a.c import y",
        "from .a import K",
    ]


def test_templates_link_what_they_read() -> None:
    names = Names(fields={"Options", "MODULE"})
    text = names.fill(
        render_template(
            "public.py.j2", module={"closes": ["x.get"], "http": None, "handles": False}
        )
    )
    assert "options = Options_(" in text
    assert "execute_chain(MODULE_, name" in text
    assert "await x.get()" in text
    assert {"Options", "execute_chain", "Mapping", "str"} <= names.used
    assert not {"get", "timeout"} & names.used
    assert {"run", "step", "group"} <= template_variables()


def test_a_chain_with_the_name_of_an_import_imports_nothing() -> None:
    taken = "count"
    assert taken in support().imports
    text = built_text(f"""
        chain {taken}:
            step one:
                value: 1
        """)
    assert f"import {taken}" not in text


HIDDEN = """
chain main:
    input: {str: any}
    step a:
        value: "{{ payload.str }} said"
"""


def test_a_parameter_does_not_hide_the_type_of_the_result() -> None:
    body = built_text(HIDDEN)
    assert "    str: Any,\n" in body
    assert ") -> str_:\n" in body
    assert "    result: str_ = ended.value()\n" in body
