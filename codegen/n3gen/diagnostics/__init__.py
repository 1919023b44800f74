"""Problems as data, and the ways of showing them.

`formats` is imported by its own name, as most runs have nothing to write.
"""

from n3gen.diagnostics.fix import Edit, Fix, inserting
from n3gen.diagnostics.render import render, summary
from n3gen.diagnostics.rule import Diagnostic, Label, Problems, Rule, Severity
from n3gen.diagnostics.suggest import nearest

__all__ = [
    "Diagnostic",
    "Edit",
    "Fix",
    "Label",
    "Problems",
    "Rule",
    "Severity",
    "inserting",
    "nearest",
    "render",
    "summary",
]
