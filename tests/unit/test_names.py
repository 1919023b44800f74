from __future__ import annotations

import ast
from pathlib import Path

import pytest
from n3gen.emit.link import names_in, support
from n3gen.names import BUILTINS, LOCALS, RESERVED, class_name, is_name, python_name

GOLDEN = Path(__file__).parents[1] / "golden" / "build"

PUBLIC = {"CHAINS", "MODULE", "aclose", "metrics", "run_chain", "stream_chain"}


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("sentiment", "sentiment"),
        ("Customer feedback", "customer_feedback"),
        ("  a--b  ", "a_b"),
        ("2nd try", "_2nd_try"),
        ("class", "class_"),
        ("list", "list_"),
        ("Größe", "Größe"),
        ("ﬁne", "fine"),
        ("!?", ""),
        ('x"; import os', "x_import_os"),
        ("\u202eevil", "evil"),
    ],
)
def test_python_names(spelled: str, name: str) -> None:
    assert python_name(spelled) == name
    assert name == "" or is_name(name)
    assert python_name(name) == name


def test_reserved_names_get_an_underscore() -> None:
    assert python_name("run", LOCALS) == "run_"
    assert python_name("summary", LOCALS) == "summary"
    assert python_name("metrics", RESERVED) == "metrics_"
    assert class_name("customer feedback") == "CustomerFeedback"
    assert class_name("Run", RESERVED) == "Run_"


def test_every_name_of_the_run_time_support_is_reserved() -> None:
    taken = set(support().definitions) | set(support().imports) | PUBLIC
    assert taken - RESERVED == set()


def test_no_definition_of_the_support_has_a_private_name() -> None:
    # Names of chain functions begin with an underscore, so that the two never meet.
    assert [name for name in support().definitions if name.startswith("_")] == []


@pytest.mark.parametrize("case", sorted(GOLDEN.iterdir()), ids=lambda case: case.name)
def test_no_variable_of_a_chain_can_cover_what_its_code_reads(case: Path) -> None:
    text = (case / "expected.py").read_text(encoding="utf-8")
    chains = text.partition("\nasync def run_chain(")[0]
    read: set[str] = set()
    for node in ast.parse(chains).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            has_names_of_the_spec = node.name.startswith("_")
            if has_names_of_the_spec and not node.name.startswith("_check_"):
                read |= names_in(node)
    known = set(support().definitions) | set(support().imports)
    # Annotations of variables are never evaluated.
    assert (read & known) - LOCALS - {"Any", "MODULE"} - BUILTINS <= set()
