"""A provider is a file in each of three folders, and is known by being there."""

from __future__ import annotations

from pathlib import Path

import pytest
from n3gen.emit.provider import Provider
from n3gen.emit.providers import PROVIDERS
from n3gen.emit.support import support
from n3gen.spec.connection_nodes import Connection
from n3gen.spec.providers import APIS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "codegen" / "n3gen"
RUNTIME = ROOT / "templates" / "runtime" / "providers"
PROTOCOLS = {
    protocol: connection
    for connection in APIS.values()
    for protocol in connection.PROTOCOLS or (connection.api,)
}

every_protocol = pytest.mark.parametrize("protocol", sorted(PROTOCOLS))


def modules_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


def test_every_api_is_a_file_and_every_file_an_api() -> None:
    assert set(APIS.values()) == set(Connection.__subclasses__())
    assert set(APIS) == modules_in(PACKAGE / "spec" / "providers")
    assert {api: found.__module__ for api, found in APIS.items()} == {
        api: f"n3gen.spec.providers.{api}" for api in APIS
    }


def test_every_protocol_has_its_form() -> None:
    assert set(PROVIDERS.values()) == set(Provider.__subclasses__())
    assert set(PROVIDERS) == set(PROTOCOLS)
    assert set(PROVIDERS) == modules_in(PACKAGE / "emit" / "providers")


@every_protocol
def test_the_support_of_a_protocol_is_in_a_file_of_its_name(protocol: str) -> None:
    text = (RUNTIME / f"{protocol}.py").read_text(encoding="utf-8")
    assert f"class {PROVIDERS[protocol].model}(" in text


@every_protocol
def test_the_form_of_a_protocol_names_support_that_is_there(protocol: str) -> None:
    form = PROVIDERS[protocol]
    functions = {form.images, form.files, form.vectors} - {None}
    named = {form.model, form.tool_model, *form.STRUCTURES.values(), *functions}
    assert named <= set(support().homes)


@every_protocol
def test_an_api_promises_what_its_form_has(protocol: str) -> None:
    api, form = PROTOCOLS[protocol], PROVIDERS[protocol]
    assert ("embed" in api.CANNOT) == (form.vectors is None)
    takes_files = form.files is not None or api.api == "local"
    assert ("files" in api.CANNOT) != takes_files
    assert not form.STRUCTURES or set(form.STRUCTURES) == set(api.WAYS)
    assert set(form.BY_TOOL) & set(form.STRUCTURES) <= set(api.WAYS)
