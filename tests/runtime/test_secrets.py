"""Settings out of the environment and a file, and secrets that appear nowhere."""

from __future__ import annotations

import base64
import html
import json
import pickle
import subprocess
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from n3gen.templates.runtime.http.secrets import (
    Env,
    hide_secrets,
    missing_variables,
    read_setting,
    secret_hider,
    secret_values,
)
from n3gen.templates.runtime.recovery.failures import ModelError
from n3gen.templates.runtime.run.process import process_state
from n3gen.templates.runtime.run.records import describe_error
from n3gen.templates.runtime.run.run import Run

from tests.building import process_is_fresh
from tests.clock import run
from tests.runtime.chains import execute, failing, step

CANARY = 'canary/"7f\\3+é= &'
"""A secret with all that is written otherwise in JSON, in addresses and in base64."""


def test_a_setting_is_a_value_or_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET", " value\n")
    monkeypatch.setenv("BLANK", " \n")
    monkeypatch.delenv("UNSET", raising=False)
    assert read_setting("plain") == "plain"
    assert read_setting(None) is None
    assert read_setting(Env("SET", "default")) == "value"
    assert read_setting(Env("BLANK", "default")) == "default"
    assert read_setting(Env("UNSET", "")) == ""
    for name in ("UNSET", "BLANK"):
        with pytest.raises(ModelError, match=f"variable {name} is not set") as caught:
            read_setting(Env(name))
        assert caught.value.kind == "error"
    assert missing_variables(["SET", "UNSET", "BLANK"]) == ["UNSET", "BLANK"]


def test_names_of_secrets_are_kept_and_not_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(process_state(), "secret_names", set())
    monkeypatch.setenv("KEY_B", "first-value")
    monkeypatch.setenv("KEY_C", "other-value")
    read_setting(Env("KEY_B"))
    read_setting(Env("KEY_C", "dummy"))
    read_setting(Env("KEY_D", "dummy"))
    monkeypatch.setenv("MODEL_A", "gpt")
    read_setting(Env("MODEL_A"), is_secret=False)
    assert process_state()["secret_names"] == {"KEY_B", "KEY_C"}
    assert secret_values() == ["first-value", "other-value"]
    monkeypatch.setenv("KEY_B", "second-value")
    assert secret_values() == ["second-value", "other-value"]


def written(secret: str) -> list[str]:
    data = secret.encode()
    return [
        secret,
        json.dumps({"echo": secret}),
        json.dumps({"echo": secret}, ensure_ascii=False),
        json.dumps({"echo": secret}).replace("/", "\\/"),
        json.dumps({"echo": json.dumps({"inner": secret})}),
        json.dumps({"echo": secret}).replace("&", "\\u0026").replace("+", "\\u002B"),
        f"<p>{html.escape(secret)}</p>",
        f"<p>{html.escape(html.escape(secret))}</p>",
        "".join(c if c.isalnum() else f"&#x{ord(c):X};" for c in secret),
        "".join(c if c.isalnum() else f"&#{ord(c):04};" for c in secret),
        json.dumps({"echo": html.escape(secret)}),
        f"https://x/{quote(secret, safe='/=')}".replace("%2B", "%2b"),
        f"https://x/?key={quote(secret)}",
        f"https://x/?key={quote(secret, safe='')}",
        f"https://x/?key={quote_plus(secret)}",
        secret.upper(),
        secret.title(),
        *(
            f"Basic {encode(user + data + after).decode()}"
            for encode in (base64.b64encode, base64.urlsafe_b64encode)
            for user in (b"", b"u:", b"me:", b"you:")
            for after in (b"", b"x", b"xy")
        ),
    ]


def is_leaked(secret: str, text: str) -> bool:
    """Whether a text has a secret, or most of it, in one of its forms."""
    core = base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]
    forms = [secret, json.dumps(secret)[1:-1], quote(secret, safe=""), core]
    forms += [secret.upper(), secret.title()]
    forms += [html.escape(secret), secret.rpartition("+")[2]]
    return any(form in text for form in forms)


@pytest.mark.parametrize("secret", ["pass", "sk-1234567890", CANARY])
def test_a_secret_is_hidden_however_it_is_written(secret: str) -> None:
    for text in written(secret):
        hidden = hide_secrets(text, [secret])
        assert "***" in hidden
        assert not is_leaked(secret, hidden)
        left = hidden.replace("***", "").partition("Basic ")[2].rstrip("=")
        assert len(left) <= 10, "what stands around it is all that is left of base64"


def test_a_secret_of_several_lines_is_hidden_in_one() -> None:
    assert hide_secrets("a first second z", ["first\nsecond"]) == "a *** z"


@given(st.binary(max_size=7), st.text(min_size=4, max_size=20), st.binary(max_size=7))
def test_no_base64_keeps_a_secret(before: bytes, secret: str, after: bytes) -> None:
    secret = secret.encode("utf-8", "replace").decode().strip()
    text = base64.b64encode(before + secret.encode() + after).decode()
    hidden = hide_secrets(text, [secret])
    assert ("***" in hidden) == (len(secret) >= 4)


def test_what_is_too_short_hides_nothing() -> None:
    text = "a man, a plan"
    assert hide_secrets(text, ["a", "man", "", "  ", " an\n"]) == text
    assert hide_secrets(text, ["plan"]) == "a man, a ***"
    assert secret_hider(["plan"], 8)(text) == text


def test_of_two_secrets_the_longer_goes_first() -> None:
    assert hide_secrets("sk-1234-5678", ["sk-1234", "sk-1234-5678"]) == "***"


class Refused(Exception):
    """An error that keeps its words in an attribute."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    def __str__(self) -> str:
        return f"refused {self.token}"


def noted(token: str) -> Exception:
    error = ValueError("bad")
    error.add_note(f"it was {token}")
    return error


def caused(token: str) -> Exception:
    error = ValueError("bad")
    error.__cause__ = Refused(token)
    return error


@pytest.mark.parametrize("is_step", [True, False])
@pytest.mark.parametrize(
    "error_of",
    [
        ValueError,
        lambda token: ValueError({"k": token}),
        lambda token: ValueError(token.encode()),
        Refused,
        noted,
        caused,
        lambda token: ExceptionGroup(f"all of {token}", [ValueError([token])]),
        lambda token: subprocess.CalledProcessError(1, ["curl", token], token),
    ],
)
def test_no_logged_traceback_has_a_secret(
    error_of: Callable[[str], Exception],
    is_step: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    token = "sk-canary-1234567890"
    monkeypatch.setenv("CANARY", token)
    monkeypatch.setitem(process_state(), "secret_names", set())
    read_setting(Env("CANARY"))

    async def body(run: Run, payload: object) -> None:
        if is_step:
            await step(run, "a", failing(1, error_of(token)))
        raise error_of(token)

    record = run(execute(body)).record
    assert "canary" not in f"{caplog.text} {record}"
    assert "Traceback" in caplog.text
    assert "***" in caplog.text
    assert all(entry.exc_info is None for entry in caplog.records)
    assert [entry.exc_text is not None for entry in caplog.records] == (
        [True, False] if is_step else [True]
    )


def test_a_canary_is_in_no_repr_and_no_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", CANARY)
    setting = Env("CANARY")
    assert read_setting(setting) == CANARY
    assert repr(setting) == "Env(name='CANARY', default=None)"
    monkeypatch.setenv("CANARY", "")
    with pytest.raises(ModelError) as caught:
        read_setting(setting)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.kind) == (str(caught.value), "error")
    assert b"canary" not in pickle.dumps(caught.value)
    assert "canary" not in repr(process_state())


class Opaque:
    """A request of a library, which holds a key and shows it."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __repr__(self) -> str:
        return f"<request with {self.key}>"


def test_an_error_keeps_no_part_that_may_hold_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("N3GEN_TEST_PART", "s3cret-part")
    with process_is_fresh():
        read_setting(Env("N3GEN_TEST_PART"))
        parts = (
            {"Authorization": "s3cret-part"},
            b"s3cret-part",
            Opaque("s3cret-part"),
        )
        error = ValueError("bad", 7, None, *parts)
        error.request = Opaque("s3cret-part")  # type: ignore[attr-defined]
        describe_error(error)
    assert error.args[:3] == ("bad", 7, None)
    assert all(
        isinstance(part, str) and "s3cret" not in part for part in error.args[3:]
    )
    assert vars(error)["request"] is None
    pickle.loads(pickle.dumps(error))
