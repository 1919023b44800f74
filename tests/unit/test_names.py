from __future__ import annotations

import pytest
from n3gen.names import PUBLIC, class_name, fill_outside, is_name, outside, python_name


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("sentiment", "sentiment"),
        ("Customer feedback", "customer_feedback"),
        ("  a--b  ", "a_b"),
        ("2nd try", "_2nd_try"),
        ("class", "class_"),
        ("list", "list"),
        ("__name__", "__name___"),
        ("Größe", "Größe"),
        ("ﬁne", "fine"),
        ("!?", ""),
        ('x"; import os', "x_import_os"),
        ("\u202eevil", "evil"),
        ("\ue000get\ue001", "get"),
    ],
)
def test_python_names(spelled: str, name: str) -> None:
    assert python_name(spelled) == name
    assert name == "" or is_name(name)
    assert python_name(name) == name


def test_public_names_get_an_underscore() -> None:
    assert python_name("metrics", PUBLIC) == "metrics_"
    assert python_name("summary", PUBLIC) == "summary"
    assert class_name("customer feedback") == "CustomerFeedback"
    assert class_name("chain error", PUBLIC) == "ChainError_"


def test_names_from_outside_are_holes() -> None:
    text = f"{outside('get')}(get, {outside('Any')})"
    assert fill_outside(text, str) == "get(get, Any)"
    assert fill_outside(text, lambda name: f"{name}_") == "get_(get, Any_)"
