"""`http-request`: a request, whose body is JSON or none."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from n3gen.importers.dify.app import Node, entries_of, mapping_of, number_of
from n3gen.importers.dify.kinds.kind import Kind, Made, given
from n3gen.importers.dify.models import retry_of
from n3gen.importers.dify.placeholders import PLACEHOLDER
from n3gen.importers.dify.reads import Read, field_path
from n3gen.importers.dify.scope import Scope
from n3gen.importers.literals import literal
from n3gen.syntax.writer import flow

__all__ = ["Http"]

_MARK = re.compile(r"\ue000(\d+)\ue001")


class Http(Kind):
    types: ClassVar[tuple[str, ...]] = ("http-request",)

    def read(self, scope: Scope, node: Node, path: list[str]) -> Read | None:
        name, skips = scope.name(node), scope.may_skip(node)
        if path == ["body"]:
            body = f"{name}.body"
            text = f"{body} if {body} is string else {body} | tojson"
            return Read(text, "string", skips)
        if path == ["status_code"]:
            return Read(f"{name}.status", "number", skips)
        if path[0] == "headers":
            return Read(f"{name}.headers{field_path(path[1:])}", "any", skips)
        return Read("[]", "array[file]") if path == ["files"] else None

    def shaped(self, node: Node, outputs: dict[str, Any]) -> Any:
        names = {"status_code": "status"}
        found = {names.get(key, key): one for key, one in outputs.items()}
        return {"status": None, "headers": {}, "body": "", **found}

    def make(self, scope: Scope, node: Node, name: str) -> Made:
        body = node.mapping("body")
        kind = str(body.get("type") or "none")
        mock = {"status": 200, "headers": {}, "body": "a text"}
        step: dict[str, Any] = {"name": name}
        method = node.text("method").upper() or "GET"
        if method != "GET" or kind == "json":  # a body of a GET is said to be meant
            step["method"] = method
        step["url"] = _address(scope, node)
        headers = {**self._headers(scope, node), **_authorization(scope, node)}
        query = _lines(scope, node, "params")
        content = None
        if kind == "json":
            content = _json(scope, node, _body_text(body))
        elif kind != "none":
            return self._given(scope, node, name, kind, headers)
        if content is not None:
            headers = {k: v for k, v in headers.items() if k.lower() != "content-type"}
        step |= {"headers": headers} if headers else {}
        step |= {"query": query} if query else {}
        if content is not None:
            step["json"] = content
        step |= _timeout(node)
        if node.data.get("ssl_verify") is False:
            what = "certificates of servers are checked in a chain, always"
            scope.lost(what, scope.app.label(node, "ssl_verify"))
        step |= retry_of(scope, node)
        if not _has_strategy(node):
            what = "a status from 400 fails the step"
            way_out = "Dify goes on with it; `on_error: continue` does too"
            scope.changed(what, scope.app.label(node, "method"), way_out)
        return Made([step], "http", [], mock)

    def _headers(self, scope: Scope, node: Node) -> dict[str, str]:
        return _lines(scope, node, "headers")

    def _given(
        self, scope: Scope, node: Node, name: str, kind: str, headers: dict[str, str]
    ) -> Made:
        what = f"an http step cannot send a body of type `{kind}`"
        way_out = f"give the run a function as `{name}` that returns status, headers "
        way_out += "and body"
        scope.lost(what, scope.app.label(node, "body", "type"), way_out)
        values: dict[str, Any] = {"url": _address(scope, node)}
        if headers:
            values["headers"] = headers
        data = node.mapping("body").get("data")
        fields = {
            str(one.get("key") or "body"): (
                scope.value(one["file"], node)
                if one.get("file")
                else scope.text(one.get("value"), node, "body", "data", index, "value")
            )
            for index, one in enumerate(map(mapping_of, entries_of(data)))
            if one.get("key") or one.get("value") or one.get("file")
        }
        if isinstance(data, str) and data.strip():
            fields = {"body": scope.text(data, node, "body", "data")}
        if fields:
            values["fields"] = fields
        comments = [f"{what}: {way_out}.", f"method: {flow(node.text('method'))}"]
        mock = {"status": 200, "headers": {}, "body": "a text"}
        return Made([given(name, values)], f"given `{name}`", comments, mock)


def _has_strategy(node: Node) -> bool:
    return node.data.get("error_strategy") in ("fail-branch", "default-value")


def _address(scope: Scope, node: Node) -> str:
    """The address; where a value begins it, the whole is one expression."""
    text = node.text("url").strip()
    if PLACEHOLDER.match(text):
        return f"{{{{ {scope.joined(text, node, 'url')} }}}}"
    return scope.text(text, node, "url")


def _timeout(node: Node) -> dict[str, Any]:
    """The time of a request, which is one for all of its parts."""
    times = node.mapping("timeout")
    found = [number_of(times.get(key)) for key in ("read", "max_read_timeout")]
    total = next((one for one in found if one is not None and one > 0), None)
    return {} if total is None else {"timeout": total}


def _lines(scope: Scope, node: Node, key: str) -> dict[str, str]:
    """Headers or parameters, a line each, with a colon behind the name."""
    found: dict[str, str] = {}
    for line in filter(str.strip, node.text(key).splitlines()):
        name, _, value = line.partition(":")
        name, value = name.strip(), value.strip()
        label = scope.app.label(node, key)
        if not name or PLACEHOLDER.search(name):
            what = f"a name in `{key}` is made when it runs: `{line.strip()}`"
            scope.lost(what, label)
            continue
        if name in found:
            scope.lost(f"`{name}` is in `{key}` twice: the last one is sent", label)
        found[name] = scope.text(value, node, key)
    return found


def _variable(text: str) -> str:
    """The name of a variable of the environment."""
    found = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").upper() or "HTTP"
    return f"_{found}" if found[0].isdigit() else found


def _authorization(scope: Scope, node: Node) -> dict[str, str]:
    """The header with the key, which comes from the environment where it is written out."""
    authorization = node.mapping("authorization")
    if authorization.get("type") != "api-key":
        return {}
    config = mapping_of(authorization.get("config"))
    kind, key = str(config.get("type")), str(config.get("api_key") or "")
    header = str(config.get("header") or "Authorization")
    if PLACEHOLDER.search(key):
        secret = scope.text(key, node, "authorization", "config", "api_key")
    else:
        base = re.sub(r"\W+", "", scope.name(node), flags=re.ASCII)
        name = _variable(f"{base or 'HTTP'}_API_KEY")
        scope.secrets.add(name)
        secret = f"{{{{ env.{name} }}}}"
        what = f"the key of node `{node.title}` is read from the variable {name}"
        if key:
            what += "; it is in the export, so renew it if others have that"
        scope.changed(what, scope.app.label(node, "authorization"))
        if kind == "basic" and ":" in key:
            what = f"{name} is user and password in base 64"
            scope.changed(what, scope.app.label(node, "authorization"))
    prefix = {"bearer": "Bearer ", "basic": "Basic "}.get(kind, "")
    return {header: f"{prefix}{secret}"}


def _body_text(body: dict[str, Any]) -> str:
    data = body.get("data")
    if isinstance(data, list):
        return str(mapping_of(data[0]).get("value") or "") if data else ""
    return str(data or "")


def _json(scope: Scope, node: Node, text: str) -> Any:
    """The body as data; one that is no JSON as it stands is parsed when it runs."""
    if not text.strip():
        return None
    marked, reads = _marked(text)
    data = _parsed(marked)
    if data is None and (mended := _parsed(_mended(marked))) is not None:
        what = "the body is not JSON as it stands: missing commas are added"
        scope.changed(what, scope.app.label(node, "body"))
        data = mended
    if data is None or isinstance(data, str) or _has_marked_key(data):
        joined = scope.joined(text, node, "body")
        what = "the body is not JSON before its values are in it"
        way_out = "it is parsed when the step runs; a value with quotes breaks it"
        scope.changed(what, scope.app.label(node, "body"), way_out)
        return f"{{{{ ({joined}) | fromjson }}}}"
    return _filled(scope, node, data, reads)


def _marked(text: str) -> tuple[str, list[str]]:
    """The text with marks in place of values, in quotes where these have none."""
    reads: list[str] = []
    pieces: list[str] = []
    at, is_inside = 0, False
    for match in PLACEHOLDER.finditer(text):
        before = text[at : match.start()]
        pieces.append(before)
        for sign in re.findall(r'\\.|"', before, re.DOTALL):
            is_inside ^= sign == '"'
        mark = f"\ue000{len(reads)}\ue001"
        pieces.append(mark if is_inside else f'"{mark}"')
        reads.append(match[0])
        at = match.end()
    return "".join([*pieces, text[at:]]), reads


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return None


def _mended(text: str) -> str:
    """A text of JSON without commas too many, and with those that are missing."""
    text = re.sub(r",(\s*[}\]])", r"\1", text)
    return re.sub(r'(["\d}\]el])(\s*\n\s*")', r"\1,\2", text)


def _has_marked_key(data: Any) -> bool:
    """Whether the name of a field is made of values."""
    if isinstance(data, list):
        return any(map(_has_marked_key, data))
    if not isinstance(data, dict):
        return False
    return any(map(_MARK.search, data)) or any(map(_has_marked_key, data.values()))


def _filled(scope: Scope, node: Node, data: Any, reads: list[str]) -> Any:
    if isinstance(data, dict):
        return {key: _filled(scope, node, one, reads) for key, one in data.items()}
    if isinstance(data, list):
        return [_filled(scope, node, one, reads) for one in data]
    if isinstance(data, str):
        if not _MARK.search(data):
            return literal(data)
        text = _MARK.sub(lambda match: reads[int(match[1])], data)
        return scope.text(text, node, "body")
    return data
