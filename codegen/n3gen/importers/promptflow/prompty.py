"""A `.prompty` file as a spec: front matter and a template with roles.

It is read as a flow of one node: its inputs are those of the flow, its template is that of
the node, and what the node gives is what the flow does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

from n3gen.diagnostics import Diagnostic, Label, Problems
from n3gen.importers.import_rules import FaultyFlow
from n3gen.importers.literals import literal
from n3gen.importers.model import Became, Draft, Imported
from n3gen.importers.promptflow.chains import line_chain, named_steps
from n3gen.importers.promptflow.flow import Flow, FlowInput, FlowOutput, Node
from n3gen.importers.promptflow.kinds.kind import Made
from n3gen.importers.promptflow.prompty_connection import connect
from n3gen.importers.promptflow.prompty_model import (
    Model,
    mapping_of,
    read_model,
    spec_data,
)
from n3gen.importers.promptflow.rehearsal import tests_of
from n3gen.importers.promptflow.samples import PICTURE
from n3gen.importers.promptflow.scope import Importing, Scope
from n3gen.importers.secrets import Secrets
from n3gen.source import Loc, SourceFile
from n3gen.syntax.document import Document
from n3gen.syntax.nodes import build
from n3gen.syntax.yaml_reader import read_yaml

__all__ = ["import_prompty"]

_FRONT: Final = re.compile(r"\s*---[^\S\n]*\n(.*?)^---[^\S\n]*(?:\n|\Z)", re.S | re.M)
_KEYS: Final = frozenset(
    [
        "name",
        "description",
        "authors",
        "tags",
        "version",
        "model",
        "inputs",
        "outputs",
        "sample",
        "template",
    ]
)
_TYPES: Final = {
    "string": "str",
    "number": "float",
    "int": "int",
    "integer": "int",
    "double": "float",
    "bool": "bool",
    "boolean": "bool",
    "list": "list[any]",
    "array": "list[any]",
    "object": "dict[str, any]",
}


def import_prompty(source: SourceFile, chain: str) -> Imported:
    """Import a prompty as the chain of this name."""
    problems = Problems()
    found = _read(source, problems)
    if found is None:
        return Imported(source, chain, None, _in_file(problems, source))
    document, template = found
    model = read_model(document)
    flow = _flow(model, chain, source.path)

    def lookup(path: str) -> SourceFile | None:
        return template if path == source.path else None

    importing = Importing(
        flow, lookup, problems, Draft(), connect=partial(connect, model)
    )
    _report_keys(importing)
    model.report(importing)
    scope = Scope(importing, chain, named_steps(importing, flow.lines), frozenset())
    made = line_chain(scope, {})
    name = scope.steps[chain]
    _type_answer(importing, made[chain])
    for title, test in tests_of(scope, made).items():
        importing.draft.define("tests", title, _with_sample(test, document))
    importing.draft.remark((), *_heading(source, document))
    became = Became(name, "prompty", document.line(("model",)), made[chain].what)
    Secrets(importing.draft, [source], problems).conceal()
    text = importing.draft.text()
    return Imported(source, chain, text, _in_file(problems, source), (became,))


def _no_keys(what: str, label: Label) -> Diagnostic:
    """Say of front matter that is a list or a single value that it has no keys."""
    way_out = "begin it with `model:` and `inputs:`"
    message = f"the front matter of a prompty is a mapping, and this is {what}"
    return FaultyFlow.of(message, label, way_out)


def _read(source: SourceFile, problems: Problems) -> tuple[Document, SourceFile] | None:
    """The front matter, and the template, each where it is in the file."""
    match = _FRONT.match(source.text)
    if match is None:
        whole = Document(source, {})
        what = "a prompty begins with front matter between two lines of `---`"
        way_out = "add it, with `model:` and `inputs:`"
        problems.add(FaultyFlow.of(what, whole.label(()), way_out))
        return None
    front = SourceFile(
        source.path, f"{_blank(source.text[: match.start(1)])}{match[1]}"
    )
    root = read_yaml(front, problems, _no_keys)
    if root is None or problems.has_errors:
        return None
    document = build(front, root, problems)
    if problems.has_errors:
        return None
    body = source.text[match.end() :]
    if not body.strip():
        what, way_out = "the prompty has no template", "write it below the second `---`"
        problems.add(FaultyFlow.of(what, document.label(("model",)), way_out))
        return None
    format_ = _format(document)
    if format_ not in ("", "jinja2"):
        what = f"the template is one of {format_}, which is not read"
        way_out = "write it in Jinja, and `template: jinja2`"
        problems.add(FaultyFlow.of(what, document.label(("template",)), way_out))
        return None
    before = _blank(source.text[: match.end()])
    return document, SourceFile(source.path, f"{before}{body}")


def _blank(text: str) -> str:
    """As many characters that say nothing, in the same lines."""
    return re.sub(r"[^\n]", " ", text)


def _format(document: Document) -> str:
    """The language of the template; empty where nothing says it."""
    found = document.data.get("template")
    found = mapping_of(found).get("format") or mapping_of(found).get("type") or found
    return found.lower() if isinstance(found, str) else ""


def _in_file(problems: Problems, source: SourceFile) -> Problems:
    """The problems with their places in all of the file, not in a part of it."""
    found = Problems()
    for problem in problems:
        labels = tuple(replace(one, file=source) for one in problem.labels)
        found.add(replace(problem, labels=labels))
    return found


def _flow(model: Model, chain: str, path: str) -> Flow:
    """The prompty as a flow of one node."""
    document = model.document
    inputs = dict(_inputs(document))
    settings = dict(model.settings)
    if _answer_fields(document):
        del settings["response_format"]
    named = model.configuration.get("model") or model.configuration.get("name")
    deployment = model.configuration.get("azure_deployment")
    if model.is_azure and deployment:
        named = deployment
    settings |= {"model": spec_data(str(named))} if named else {}
    settings |= {"deployment_name": spec_data(str(deployment))} if deployment else {}
    data = {
        "name": chain,
        "type": "llm",
        "source": {"type": "code", "path": path},
        "api": model.api,
    }
    given: dict[str, Any] = {name: f"${{inputs.{name}}}" for name in inputs}
    node = Node(
        chain,
        ("model",),
        data,
        given,
        settings=settings,
        settings_at=model.settings_at,
    )
    output = FlowOutput("output", ("outputs",), f"${{{chain}.output}}")
    return Flow(document, inputs, {"output": output}, {chain: node})


def _inputs(document: Document) -> Iterator[tuple[str, FlowInput]]:
    """Yield the inputs: those that are declared, else those of the sample."""
    for name, one, loc in _declared(document):
        data = one if isinstance(one, dict) else {}
        if loc[0] == "sample":
            kind, data = _kind_of(one), {}
        elif isinstance(one, dict) and (not one or one.keys() & {"type", "kind"}):
            kind = str(one.get("type") or one.get("kind") or "object").lower()
        else:
            kind, data = _kind_of(one), {"default": one}
        kind = {"number": "double", "array": "list", "boolean": "bool"}.get(kind, kind)
        yield name, FlowInput(name, loc, kind, data)


def _declared(document: Document) -> Iterator[tuple[str, Any, Loc]]:
    """Yield the names of inputs, what is said of them, and where."""
    declared = document.data.get("inputs")
    if isinstance(declared, list):
        for index, one in enumerate(declared):
            if isinstance(name := mapping_of(one).get("name"), str):
                yield name, one, ("inputs", index)
        return
    section = "inputs" if mapping_of(declared) else "sample"
    for name, one in mapping_of(document.data.get(section)).items():
        yield name, one, (section, name)


def _kind_of(value: Any) -> str:
    kinds = {str: "string", bool: "bool", int: "int", float: "double", list: "list"}
    return kinds.get(type(value), "object")


def _report_keys(importing: Importing) -> None:
    """Report the keys of the front matter that say nothing to a chain."""
    document = importing.flow.document
    for key in document.data:
        if key not in _KEYS:
            what = f"`{key}` says nothing that a chain could"
            importing.lost(what, document.key_label((key,)))
    sample = document.data.get("sample")
    if sample is not None and not isinstance(sample, dict):
        what = "the sample is in another file: the test has a payload of its own"
        importing.changed(what, document.key_label(("sample",)))
    if mapping_of(document.data.get("model")).get("response") == "all":
        what = "the step gives the text of the answer, and not all of the response"
        importing.changed(what, document.label(("model", "response")))


def _answer_fields(document: Document) -> dict[str, str]:
    """The fields of an answer that is JSON with declared outputs; else none."""
    parameters = mapping_of(mapping_of(document.data.get("model")).get("parameters"))
    wanted = mapping_of(parameters.get("response_format")).get("type")
    if wanted not in ("json_object", "json_schema"):
        return {}
    return {
        name: _TYPES.get(str(mapping_of(one).get("type", one)).lower(), "any")
        for name, one in mapping_of(document.data.get("outputs")).items()
    }


def _type_answer(importing: Importing, made: Made) -> None:
    """Give the call a type where its answer is JSON of declared outputs."""
    fields = _answer_fields(importing.flow.document)
    if not fields or "kind" in made.step:
        return
    importing.draft.define("types", "Answer", fields)
    made.step["output"] = "Answer"
    values = {"str": "a text", "float": 1.5, "int": 1, "bool": True, "list[any]": []}
    made.mock = {
        name: values.get(kind, {} if kind != "any" else "a text")
        for name, kind in fields.items()
    }


def _with_sample(test: dict[str, Any], document: Document) -> dict[str, Any]:
    """The test with the values of the sample for its payload."""
    sample = mapping_of(document.data.get("sample"))
    names = dict(_inputs(document))
    known = {
        name: literal(_shown(one)) for name, one in sample.items() if name in names
    }
    payload = {**test.get("payload", {}), **known}
    head = {"chain": test["chain"], **({"payload": payload} if payload else {})}
    return {**head, **{key: one for key, one in test.items() if key not in head}}


def _shown(value: Any) -> Any:
    """A value of the sample; a picture in a file of the prompty's folder is another one."""
    if isinstance(value, str) and re.match(r"data:image/[^;,]*;path:", value):
        return PICTURE
    return value


def _heading(source: SourceFile, document: Document) -> list[str]:
    lines = [f"Imported from {source.path} by `n3gen import prompty`."]
    title = document.data.get("name")
    if isinstance(title, str) and title:
        lines.append(f"Its name is {title}.")
    for key in ("authors", "tags", "version"):
        found = document.data.get(key)
        if found:
            words = (
                ", ".join(map(str, found)) if isinstance(found, list) else str(found)
            )
            lines.append(f"{key.capitalize()}: {words}.")
    return lines
