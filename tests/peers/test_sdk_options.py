"""What a later version of an SDK knows, and our check of options does not, shows here."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path

import pytest
from n3gen.check.meant_options import other_key
from n3gen.spec.model import Place
from n3gen.spec.providers import APIS

from tests.peers.servers import peers_python

OF_THE_SDK = {
    "automatic_continuation",
    "automatic_function_calling",
    "http_options",
    "should_return_http_response",
}
"""Options that an SDK keeps for itself."""


@cache
def options_of_the_sdks() -> dict[str, list[str]]:
    python = peers_python()
    assert python.exists(), f"there is no {python}: `make peers` installs it"
    program = Path(__file__).with_name("sdk_options.py")
    ran = subprocess.run([python, program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize(
    ("api", "what"),
    [
        ("openai", "chat"),
        ("openai", "responses"),
        ("openai", "embed"),
        ("anthropic", "chat"),
        ("gemini", "chat"),
        ("gemini", "embed"),
    ],
)
def test_no_option_of_an_sdk_is_unknown(api: str, what: str) -> None:
    endpoint = {"endpoint": "responses"} if what == "responses" else {}
    values = {"name": "m", "place": Place("a", ()), **endpoint}
    known = APIS[api].model_validate(values).options(embeds=what == "embed")
    assert known is not None
    names = set(options_of_the_sdks()[f"{api} {what}"]) - OF_THE_SDK
    assert len(names) > 3
    assert {n for n in names - known if other_key(n, known) is None} == set()
