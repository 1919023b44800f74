"""What is shown of lines with secrets."""

from __future__ import annotations

import pytest
from n3gen.diagnostics import Label, Rule, render
from n3gen.secrets import without_secrets
from n3gen.source import SourceFile, Span


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("x: Bearer abcdef1234567890", "x: Bearer abcd************"),
        ('{"api_key": "abcdefgh1234"}', '{"api_key": "abc*********"}'),
        ("apikey: 'abcdefgh1234', a: 1", "apikey: 'abc*********', a: 1"),
        ("token = abcdefgh12345678", "token = abcd************"),
        ("Authorization: Basic abcdefgh1234", "Authorization: Basic abc*********"),
        ("url: https://a.b/?api_key=abcd1234efgh&x=1",) * 2,
        ("token: str", "token: str"),
        ('token: "{{ env.TOKEN_12345678 }}"',) * 2,
        ("max_tokens: 1000000000000", "max_tokens: 1000000000000"),
        ("key: chapters.of.part.1", "key: chapters.of.part.1"),
        ("password: hunter2", "password: hunter2"),
    ],
)
def test_a_line_has_stars_for_its_secrets(line: str, shown: str) -> None:
    shown = shown.replace("abcd1234efgh", "abc*********")
    assert without_secrets(line) == shown
    assert without_secrets(shown) == shown


@pytest.mark.parametrize(
    "part",
    [
        "a",
        "a-",
        "a:",
        "a://",
        "a://b:",
        "a=a1",
        "?a=b1",
        "bearer ",
        "sk-",
        "eyJabcdefgh.",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_very_long_line_costs_no_more_than_its_length(part: str) -> None:
    # Would take many minutes if it were looked through again from each of its places.
    line = part * 50_000
    assert len(without_secrets(line)) == len(line)


class Odd(Rule):
    """A line."""

    code = "N111"
    name = "odd"


def test_no_problem_shows_the_secret_on_its_line_or_in_its_words() -> None:
    secret = "sk-abcdef1234567890"
    text = f"{'a ' * 90}token: {secret} {'b ' * 90}"
    source = SourceFile.of("a.ai", text)
    for start in (0, 60, text.index(secret) - 4, text.index(secret) + 30, len(text)):
        label = Label(source, Span(start, start))
        found = Odd.diagnose(f"`{secret}` is odd", label, help=f"not `{secret}`")
        drawn = render(found)
        assert "`sk-a***************` is odd" in drawn
        assert "`sk-a***************`" in (found.help or "")
        assert not any(secret[at : at + 8] in drawn for at in range(12))
