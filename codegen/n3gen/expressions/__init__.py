"""Jinja expressions and templates, compiled ahead to plain Python.

`parse_expression` and `parse_template` read a text and never raise; `to_python`
and `data_to_python` write what they read over the names of a module.
"""

from n3gen.expressions.addresses import Address, PlaceOfFile
from n3gen.expressions.literals import enclosed, listed, literal, text_literal
from n3gen.expressions.methods import METHODS
from n3gen.expressions.model import (
    STEP_FACTS,
    Code,
    Fault,
    Name,
    Parsed,
    Reference,
    Root,
    Shape,
)
from n3gen.expressions.paths import NAMESPACES
from n3gen.expressions.python import data_to_python, to_python
from n3gen.expressions.reading import (
    field_faults,
    forget_texts,
    parse_expression,
    parse_template,
    templates_in,
)

__all__ = [
    "METHODS",
    "NAMESPACES",
    "STEP_FACTS",
    "Address",
    "Code",
    "Fault",
    "Name",
    "Parsed",
    "PlaceOfFile",
    "Reference",
    "Root",
    "Shape",
    "data_to_python",
    "enclosed",
    "field_faults",
    "forget_texts",
    "listed",
    "literal",
    "parse_expression",
    "parse_template",
    "templates_in",
    "text_literal",
    "to_python",
]
