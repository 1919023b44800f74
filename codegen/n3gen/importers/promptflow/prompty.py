"""A `.prompty` file as a spec: front matter and a template with roles.

It is read as a flow of one node: its inputs are those of the flow, its template is that of
the node, and what the node gives is what the flow does.
"""

from __future__ import annotations

import re
from typing import Any, Final

from n3gen.diagnostics import Problems
from n3gen.importers.import_rules import FaultyFlow
from n3gen.importers.literals import literal, quoted
from n3gen.importers.model import Became, Draft, Imported
from n3gen.importers.promptflow.chains import line_chain, named_steps
from n3gen.importers.promptflow.flow import Flow, FlowInput, FlowOutput, Node
from n3gen.importers.promptflow.kinds.kind import Made
from n3gen.importers.promptflow.rehearsal import tests_of
from n3gen.importers.promptflow.scope import Importing, Scope
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
_VARIABLE: Final = re.compile(r"\$\{env:(\w+)(?::([^}]*))?\}")
_MARK: Final = re.compile("\ue000(\\w+)\ue001([^\ue002]*)\ue002")
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
        return Imported(source, chain, None, problems)
    document, template = found
    flow = _flow(document, chain, source.path)

    def lookup(path: str) -> SourceFile | None:
        return template if path == source.path else None

    importing = Importing(flow, lookup, problems, Draft())
    _report_keys(importing)
    scope = Scope(importing, chain, named_steps(importing, flow.lines), frozenset())
    made = line_chain(scope, {})
    name = scope.steps[chain]
    step = made[chain].step
    step |= {key: _read_back(step[key]) for key in ("model", "options") if key in step}
    _type_answer(importing, made[chain])
    for title, test in tests_of(scope, made).items():
        importing.draft.define(
            "tests", title, _with_sample(test, document, made[chain])
        )
    importing.draft.remark((), *_heading(source, document))
    became = Became(name, "prompty", document.line(("model",)), made[chain].what)
    return Imported(source, chain, importing.draft.text(), problems, (became,))


def _read(source: SourceFile, problems: Problems) -> tuple[Document, SourceFile] | None:
    """The front matter, and the template, each with its lines where they are in the file."""
    match = _FRONT.match(source.text)
    if match is None:
        whole = Document(source, {})
        what = "a prompty begins with front matter between two lines of `---`"
        way_out = "add it, with `model:` and `inputs:`"
        problems.add(FaultyFlow.of(what, whole.label(()), way_out))
        return None
    before = "\n" * source.text[: match.start(1)].count("\n")
    front = SourceFile.of(source.path, f"{before}{match[1]}")
    root = read_yaml(front, problems)
    if root is None or problems.has_errors:
        return None
    document = build(front, root, problems)
    if problems.has_errors:
        return None
    lines = "\n" * source.text[: match.end()].count("\n")
    body = source.text[match.end() :]
    if not body.strip():
        what, way_out = "the prompty has no template", "write it below the second `---`"
        problems.add(FaultyFlow.of(what, document.label(("model",)), way_out))
        return None
    return document, SourceFile.of(source.path, f"{lines}{body}")


def _mapping(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _flow(document: Document, chain: str, path: str) -> Flow:
    """The prompty as a flow of one node."""
    model = _mapping(document.data.get("model"))
    configuration = _mapping(model.get("configuration"))
    inputs = dict(_inputs(document))
    given: dict[str, Any] = {name: f"${{inputs.{name}}}" for name in inputs}
    own = dict(_mapping(model.get("parameters")))
    if _answer_fields(document):
        del own["response_format"]
    deployment = configuration.get("azure_deployment")
    named = configuration.get("model") or configuration.get("name")
    own |= {"model": named} if named else {}
    own |= {"deployment_name": deployment} if deployment else {}
    own = {key: _marked(one) for key, one in own.items() if not _is_elsewhere(one)}
    connection = (
        configuration.get("connection") or configuration.get("type") or "openai"
    )
    data = {
        "name": chain,
        "type": "llm",
        "source": {"type": "code", "path": path},
        "api": model.get("api", "chat"),
        "connection": str(connection),
    }
    node = Node(chain, ("model",), data, {**given, **own})
    output = FlowOutput("output", ("outputs",), f"${{{chain}.output}}")
    return Flow(document, inputs, {"output": output}, {chain: node})


def _is_elsewhere(value: Any) -> bool:
    """Whether a value stands in another file, as `${file:...}`."""
    return isinstance(value, str) and value.startswith("${file:")


def _marked(value: Any) -> Any:
    """A value whose variables of the environment are no references of a flow."""
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda m: f"\ue000{m[1]}\ue001{m[2] or ''}\ue002", value)


def _read_back(value: Any) -> Any:
    """Data with expressions for the variables that are marked in it."""
    if isinstance(value, dict):
        return {key: _read_back(one) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    return _MARK.sub(
        lambda m: (
            f"{{{{ env.{m[1]} | default({quoted(m[2])}) }}}}"
            if m[2]
            else f"{{{{ env.{m[1]} }}}}"
        ),
        value,
    )


def _inputs(document: Document) -> Any:
    """Yield the inputs: those that are declared, else those of the sample."""
    declared = _mapping(document.data.get("inputs"))
    section = "inputs" if declared else "sample"
    for name, one in (declared or _mapping(document.data.get("sample"))).items():
        if section == "inputs" and isinstance(one, dict) and ("type" in one or not one):
            kind = str(one.get("type") or "object").lower()
            data = one
        else:
            kind = _kind_of(one)
            data = {"default": one} if section == "inputs" else {}
        kind = {"number": "double", "array": "list", "boolean": "bool"}.get(kind, kind)
        yield name, FlowInput(name, (section, name), kind, data)


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
    at: Loc = ("model", "parameters")
    model = _mapping(document.data.get("model"))
    for key, value in _mapping(model.get("parameters")).items():
        if _is_elsewhere(value):
            what = f"`{key}` stands in another file, {value}, which is not read"
            importing.lost(what, document.label((*at, key)), "add it to the step")
            importing.draft.remark((), f"{what}.")
    sample = document.data.get("sample")
    if sample is not None and not isinstance(sample, dict):
        what = "the sample stands in another file: the test has a payload of its own"
        importing.changed(what, document.key_label(("sample",)))
    response = _mapping(document.data.get("model")).get("response")
    if response == "all":
        what = "the step gives the text of the answer, and not all of the response"
        importing.changed(what, document.label(("model", "response")))


def _answer_fields(document: Document) -> dict[str, str]:
    """The fields of an answer that is JSON with declared outputs; else none."""
    parameters = _mapping(_mapping(document.data.get("model")).get("parameters"))
    wanted = _mapping(parameters.get("response_format")).get("type")
    if wanted not in ("json_object", "json_schema"):
        return {}
    return {
        name: _TYPES.get(str(_mapping(one).get("type", one)).lower(), "any")
        for name, one in _mapping(document.data.get("outputs")).items()
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


def _with_sample(
    test: dict[str, Any], document: Document, made: Made
) -> dict[str, Any]:
    """The test with the values of the sample for its payload."""
    sample = _mapping(document.data.get("sample"))
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
        return "data:image/png;base64,iVBORw0KGgo="
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
