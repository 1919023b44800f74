"""Numbers in the other spelling of a spec, as they were written."""

from __future__ import annotations

import pytest
from n3gen.source import SourceFile
from n3gen.syntax import print_ai, print_yaml, read_document

AI = """
chain c:
    timeout: 2.50
    step a:
        url: "http://x.test/"
        headers: {x-v: 1.10, x-w: 1.5}
        query: {c: 01234, d: [0x1F, 1e3, 7]}
    for l: x in [1] parallel 010:
        step b: {value: [1.0, -0.50, true]}
"""

JSON = '{"chain": "c", "steps": [{"step": "a", "value": {"n": [1.10, 1E3, 12]}}]}'


@pytest.mark.parametrize(
    ("path", "text", "written"),
    [
        ("t.ai", AI, ["2.50", "1.10", "1.5", "01234", "0x1F", "1e3", "7", "-0.50"]),
        ("t.json", JSON, ["1.10", "1E3", "12"]),
    ],
)
def test_numbers_keep_their_spelling_in_both_ways(
    path: str, text: str, written: list[str]
) -> None:
    first, problems = read_document(SourceFile.of(path, text))
    assert first is not None
    assert problems == ()
    as_yaml = print_yaml(first)
    second, _ = read_document(SourceFile.of("t.yaml", as_yaml))
    assert second is not None
    as_ai = print_ai(second)
    third, _ = read_document(SourceFile.of("t.ai", as_ai))
    assert third is not None
    for printed in (as_yaml, as_ai):
        assert [number for number in written if number not in printed] == []
    assert first.data == second.data == third.data
