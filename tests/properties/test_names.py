"""Names of users stand as they are, whatever else in a module has them."""

from __future__ import annotations

import ast
import builtins
import keyword
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import black
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from n3gen.compiler import Options, compile_file
from n3gen.diagnostics.formats import as_text
from n3gen.emit.support import support
from n3gen.names import PUBLIC, class_name
from n3gen.source import SourceFile
from n3gen.spec.types import TYPE_WORDS
from n3gen.syntax import print_yaml
from n3gen.syntax.document import Document

from tests.building import module_from, shared_module
from tests.clock import run

slow = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

EXPRESSIONS = {"payload", "input", "steps", "options", "env", "run", "state", "loop"}
EXPRESSIONS |= {"true", "false", "none", "True", "False", "None"}

IN_CODE = ["MODULE", "group", "step", "result", "model_call", "attempt", "fields"]
IN_CODE += ["before", "checked", "names", "module", "self", "each", "_", "inner"]

FROM_OUTSIDE = sorted(
    {*support().homes, *support().imports, *dir(builtins), *IN_CODE}
    | {name for name in support().identifiers if len(name) < 12}
)
"""Names of the support, of Python's builtins, of what is imported, of variables there."""

MODULES = sorted({found.module.split(".")[0] for found in support().imports.values()})

anything = st.sampled_from([*FROM_OUTSIDE, *MODULES]).filter(
    lambda name: name.isidentifier()
    and not keyword.iskeyword(name)
    and not name.startswith("_")
    and name not in EXPRESSIONS
)
at_module_level = anything.filter(lambda name: name not in PUBLIC)
type_names = at_module_level.filter(
    lambda name: name not in TYPE_WORDS and class_name(name, PUBLIC) == name
)
type_fields = anything.filter(
    lambda name: not hasattr(__import__("pydantic").BaseModel, name)
    and not name.startswith("model_")
)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A file whose names are those of the support, of builtins, of imported modules."""
    chain, other = draw(st.lists(at_module_level, min_size=2, max_size=2, unique=True))
    kind = draw(type_names.filter(lambda name: name not in (chain, other)))
    steps = draw(st.lists(anything, min_size=8, max_size=8, unique=True))
    # A field named as its type is an error, N704.
    field, key = draw(anything), draw(type_fields.filter(lambda name: name != kind))
    text, data, judged, listed, called, looped, loop, joined = steps
    # What a run is given under the name of a connector would take its place.
    connector = draw(anything.filter(lambda name: name != data))
    connection = draw(anything)
    return {
        "types": {kind: {key: "str", "tags": "list[str] = []"}},
        "connections": {
            connection: {
                "api": "local",
                "answers": [
                    {"contains": ["Judge"], "answer": f'{{"{key}": "x"}}'},
                    {"answer": "said"},
                ],
            }
        },
        "connectors": {
            connector: {"connection": connection, "prompt": "Judge {{ payload }}"}
        },
        "chains": {
            chain: {
                "input": {field: "list[int]"},
                "steps": [
                    {"name": text, "prompt": f"Say {{{{ payload.{field} }}}}"},
                    {
                        "name": judged,
                        "kind": "connector",
                        "target": connector,
                        "output": kind,
                        "parallel": True,
                        "retry": 1,
                    },
                    {
                        "name": data,
                        "value": f"{{{{ {text} | upper | length }}}}",
                        "parallel": True,
                    },
                    {"name": listed, "value": f"{{{{ [{data}, {data}] | list }}}}"},
                    {
                        "name": called,
                        "kind": "chain",
                        "target": other,
                        "payload": {"x": f"{{{{ {judged}.{key} }}}}"},
                    },
                    {
                        "for": loop,
                        "in": f"{listed}",
                        "name": looped,
                        "steps": [{"name": joined, "value": f"{{{{ {loop} + 1 }}}}"}],
                    },
                ],
                "result": {
                    "text": f"{{{{ {text} }}}}",
                    "key": f"{{{{ {judged}.{key} | default('?') }}}}",
                    "called": f"{{{{ {called} }}}}",
                    "looped": f"{{{{ {looped} | sum }}}}",
                    "len": f"{{{{ {listed} | map('string') | join('-') }}}}",
                },
            },
            other: {
                "steps": [
                    {"name": text, "kind": "python", "target": data},
                    {"name": data, "value": f"{{{{ {text} ~ payload.x }}}}"},
                ]
            },
        },
    }


def expected(spec: dict[str, Any]) -> dict[str, Any]:
    return {"text": "said", "key": "x", "called": "got x", "looped": 10, "len": "4-4"}


def given_to(spec: dict[str, Any]) -> dict[str, Any]:
    *_, other = spec["chains"].values()
    target = other["steps"][0]["target"]
    return {target: lambda ctx: "got "}


def results(module: ModuleType, spec: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
    """What a chain gives to `run_chain` and its own function, and what its events are."""
    chain, body = next(iter(spec["chains"].items()))
    (field,) = body["input"]
    connectors = given_to(spec)

    async def main() -> tuple[Any, Any, list[Any]]:
        payload = {field: [1, 2]}
        record = await module.run_chain(chain, payload, connectors=connectors)
        function = getattr(module, chain)
        control = "connectors_" if field == "connectors" else "connectors"
        value = await function(**{field: [1, 2], control: connectors})
        stream = module.stream_chain(chain, payload, connectors=connectors)
        events = [event async for event in stream]
        for event in events:
            event.pop("run_id")
            event.get("run", {}).get("metadata", {}).pop("run_id", None)
        await module.aclose()
        return record, value, events

    record, value, events = run(main())
    del record["metadata"]["run_id"]
    return record, value, events


@slow
@given(specs())
def test_a_name_of_the_user_stands_whatever_else_has_it(spec: dict[str, Any]) -> None:
    document = Document(SourceFile.of("specs/x.yaml", ""), spec)
    source = SourceFile.of("specs/x.yaml", print_yaml(document))
    found: list[tuple[Any, Any, list[Any]]] = []
    alone = compile_file(source, Options(runtime="standalone"))
    # The name of a type cannot be a field's as well, which a rule says.
    assume("N704" not in {problem.rule.code for problem in alone.problems})
    assert alone.body is not None, as_text(alone.problems)
    found.append(results(module_from(alone.body), spec))
    shared = compile_file(source, Options(runtime="shared"))
    assert shared.body is not None
    assert black.format_str(shared.body, mode=black.Mode()) == shared.body
    with (
        tempfile.TemporaryDirectory() as folder,
        shared_module(Path(folder), shared.body, shared.support) as module,
    ):
        found.append(results(module, spec))
    record, value, events = found[0]
    assert record["status"] == "ok", record["error"]
    assert record["result"] == value == expected(spec)
    assert repr(found[0]) == repr(found[1])
    assert repr(events) == repr(found[1][2])
    defined = {
        node.name for node in ast.parse(shared.body).body if hasattr(node, "name")
    }
    assert {*spec["chains"], *spec["types"]} <= defined
