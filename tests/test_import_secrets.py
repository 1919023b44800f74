"""What is a secret in the flows of others, and that no file has it that is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from n3gen.importers.dify import import_app as import_dify
from n3gen.importers.model import Imported
from n3gen.importers.namel3ss import import_app as import_namel3ss
from n3gen.importers.promptflow import import_prompty
from n3gen.secrets import names_secret, secret_value, secrets_in
from n3gen.source import SourceFile

from tests.golden_files import contents
from tests.importing import FLOW, imported

GOLDEN = Path(__file__).parent / "golden"

WRITTEN = re.compile(
    r"hunter2|pa55word|abc123|sk-[a-z]+\d+|tok1234|qwertz123456|keykey99|secretpw1"
    r"|tok-kept-777|plainkey1|envpw99|realsecret1|convtoken1|inputkey1|urlkey123"
    r"|headkey123|t0kenvalue|paramkey12345678|bodypw1|urlpw123|authkey123"
    r"|code-key-12345|envkey12345|envurlpw|inputkey99|tok12345|nodekey123|promptpw1"
    r"|azurepw11|azkey1234|extratoken1|promptytok1"
)
"""The secrets in the goldens, and in the prompty below."""

PROMPTY = """\
---
name: chat
model:
  api: chat
  configuration:
    type: azure_openai
    azure_endpoint: https://bob:azurepw11@x.openai.azure.com?api_key=azkey1234
    azure_deployment: gpt
    api_key: sk-prompty1234567
    extra_token: extratoken1
inputs:
  token: {type: string, default: promptytok1}
  text: {type: string}
sample:
  text: my key is sk-sample1234567
---
system:
Say sk-body123456789 {{token}}
user:
{{text}}
"""


def from_namel3ss() -> tuple[str, Imported]:
    text = (GOLDEN / "imports_namel3ss/secrets/app.ai").read_text("utf-8")
    return text, import_namel3ss(SourceFile.of("app.ai", text), lambda _: None, "app")


def from_dify() -> tuple[str, Imported]:
    text = (GOLDEN / "imports_dify/secrets/app.yml").read_text("utf-8")
    return text, import_dify(SourceFile.of("app.yml", text), "app", "chains")


def from_promptflow() -> tuple[str, Imported]:
    files = contents(GOLDEN / "imports/secrets")
    files = {name: one for name, one in files.items() if "expected" not in name}
    return "\n".join(files.values()), imported(files[FLOW], files, "secrets")


def from_prompty() -> tuple[str, Imported]:
    return PROMPTY, import_prompty(SourceFile.of("chat.prompty", PROMPTY), "chat")


@pytest.mark.parametrize(
    "made", [from_namel3ss, from_dify, from_promptflow, from_prompty]
)
def test_no_secret_is_in_what_is_written(
    made: Callable[[], tuple[str, Imported]],
) -> None:
    given, found = made()
    assert found.text is not None
    assert len(set(WRITTEN.findall(given))) > 5
    texts = [found.text, *(text for _, text in found.files)]
    said = [f"{one.message} {one.help}" for one in found.problems]
    assert [WRITTEN.findall(text) for text in [*texts, *said]] == [[]] * len(
        [*texts, *said]
    )


@pytest.mark.parametrize(
    "made", [from_namel3ss, from_dify, from_promptflow, from_prompty]
)
def test_each_variable_is_reported_at_the_place_of_its_secret(
    made: Callable[[], tuple[str, Imported]],
) -> None:
    _, found = made()
    assert found.text is not None
    said = {one.message: one.label for one in found.problems}
    heading = re.search(
        r"# It reads (.*?) from the\s*(?:# )?environment", found.text, re.S
    )
    assert heading is not None
    for name in re.findall(r"\w+", heading[1]):
        labels = [
            label for text, label in said.items() if re.search(rf"\b{name}\b", text)
        ]
        assert labels, name
        for label in labels:
            assert label.span.start > 0


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("https://bob:pw@host/a", ["pw"]),
        ("https://bob@host/a:b@c", []),
        ("https://{{ user }}:{{ password }}@host/", []),
        ("https://host:8080/a?b=c", []),
        ("postgresql+psycopg://u:p-w@host:5432/db", ["p-w"]),
        ("https://host/?api_key=abc&x=1&access_token=def", ["abc", "def"]),
        ("https://host/?max_tokens=10&keyword=x", []),
        ("https://ghp0123456789abcdef@github.com/a", ["ghp0123456789abcdef"]),
        ("send Bearer abc123def and go", ["abc123def"]),
        ("Bearer authentication is used", []),
        ("sk-learn-tutorials are good", []),
        ("the key sk-proj-a1b2c3d4e5.", ["sk-proj-a1b2c3d4e5"]),
        ("AKIAIOSFODNN7EXAMPLE", ["AKIAIOSFODNN7EXAMPLE"]),
    ],
)
def test_secrets_in_a_text(text: str, secrets: list[str]) -> None:
    assert [text[one.start : one.end] for one in secrets_in(text)] == secrets


@pytest.mark.parametrize(
    ("name", "text", "secret"),
    [
        ("password", "hunter2", "hunter2"),
        ("Authorization", "Bearer abc", "abc"),
        ("Authorization", "Bearer ", None),
        ("Authorization", "Bearer ${TOKEN}", None),
        ("token", 'env("TOKEN")', None),
        ("token", "$TOKEN", None),
        ("api_key", "", None),
        ("key", "title", None),
        ("key", "AIzaSy0123456789", "AIzaSy0123456789"),
        ("openaiApiKey", "x", "x"),
        ("max_tokens", "12", None),
        ("keyboard", "qwertz", None),
    ],
)
def test_the_secret_under_a_name(name: str, text: str, secret: str | None) -> None:
    found = secret_value(name, text)
    assert (None if found is None else text[found.start : found.end]) == secret


def test_names_of_secrets() -> None:
    names = [
        "X-Api-Key",
        "access_token",
        "clientSecret",
        "Cookie",
        "pwd",
        "Proxy-Authorization",
    ]
    assert [name for name in names if not names_secret(name)] == []
    others = ["tokens", "secretary", "signal", "keys", "author", "max_token_count"]
    assert [name for name in others if names_secret(name)] == []
