"""Takes a spec; hands on what is wrong with it as a whole, beyond the shape of its parts."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.check.budgets import check_budgets
from n3gen.check.expressions import check_connectors
from n3gen.check.fallbacks import check_fallbacks
from n3gen.check.limits import check_limits
from n3gen.check.names import check_names
from n3gen.check.options import check_options
from n3gen.check.prompts import check_prompts
from n3gen.check.tests import check_tests
from n3gen.check.types import check_types
from n3gen.check.walk import Places
from n3gen.diagnostics import Diagnostic
from n3gen.prices import Price
from n3gen.spec.model import Spec
from n3gen.syntax.document import Document

__all__ = ["check"]


def check(
    spec: Spec, documents: Mapping[str, Document], prices: Mapping[str, Price] = {}
) -> list[Diagnostic]:
    """What is wrong with the names, types, limits and model calls of a spec.

    `documents` are those that the spec was read from, by their shown paths; `prices`
    are the configuration's, by the model's name.
    """
    places = Places(documents)
    return [
        *check_names(spec, places),
        *check_types(spec, places),
        *check_limits(spec, places),
        *check_budgets(spec, places, prices),
        *check_prompts(spec, places),
        *check_options(spec, places),
        *check_fallbacks(spec, places),
        *check_connectors(spec, documents),
        *check_tests(spec, places),
    ]
