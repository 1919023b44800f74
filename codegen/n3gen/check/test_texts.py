"""What is wrong in the texts of tests that rows fill in."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import finder
from n3gen.check.rules.mock_rules import RowWithoutRows
from n3gen.check.rules.reference_rules import UnknownReference
from n3gen.diagnostics import Diagnostic
from n3gen.diagnostics.suggest import nearest
from n3gen.expressions import Reference
from n3gen.semantics.known import Semantics
from n3gen.semantics.row_reads import is_score, names_of_text, row_text
from n3gen.semantics.walk import Places
from n3gen.spec.model import Place
from n3gen.spec.test_nodes import Test
from n3gen.spec.texts import Text
from n3gen.spec.values import shown

__all__ = ["check_test_texts"]


@finder
def check_test_texts(known: Semantics) -> Iterator[Diagnostic]:
    """Find expressions of tests that do not parse, or read what a test does not know."""
    for test in known.spec.tests:
        if not test.has_rows:
            yield from _unfilled(test, known.places)
            continue
        document = known.documents[test.place.path]
        reported: set[str] = set()
        for text in test.texts():
            place = Place(test.place.path, (*test.place.loc, *text.keys))
            read = row_text(text)
            for fault in read.faults:
                yield fault.diagnostic(document, place.loc)
            for reference in read.references:
                if not _is_known(reference, text) and reference.name not in reported:
                    reported.add(reference.name)
                    yield _unknown(reference, text, place, known.places)


def _unfilled(test: Test, places: Places) -> Iterator[Diagnostic]:
    """Find the first text that reads `row` in a test without rows."""
    for text in test.texts():
        found = () if "row" not in text.text else row_text(text).references
        for reference in found:
            if reference.root == "name" and reference.name == "row":
                place = Place(test.place.path, (*test.place.loc, *text.keys))
                label = places.part(place, reference.start, reference.end)
                yield RowWithoutRows.of(shown(test.name), label)
                return


def _is_known(reference: Reference, text: Text) -> bool:
    return reference.root == "name" and reference.name in names_of_text(text)


def _unknown(
    reference: Reference, text: Text, place: Place, places: Places
) -> Diagnostic:
    known = names_of_text(text)
    what = "a score" if is_score(text) else "a text of a test"
    listed = ", ".join(f"`{name}`" for name in known)
    meant = nearest(reference.name, known) if reference.root == "name" else None
    return UnknownReference.of(
        shown(_spelled(reference)),
        places.part(place, reference.start, reference.end),
        (meant, None) if meant else None,
        f"{what} reads {listed}",
    )


def _spelled(reference: Reference) -> str:
    """What was read, as the spec writes it."""
    match reference.root:
        case "step":
            return f"steps.{reference.name}"
        case "env" | "state":
            return f"{reference.root}.{reference.name}"
        case "run":
            return "now()" if reference.name == "now" else "run"
    return reference.name
