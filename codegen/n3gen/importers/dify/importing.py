"""An export of Dify as a spec."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from n3gen.diagnostics import Problems
from n3gen.importers.dify.app import App, mapping_of
from n3gen.importers.dify.chains import Bodies
from n3gen.importers.dify.entries import (
    filled,
    texts_of,
    unread,
    unread_requests,
    wait_for,
    without,
)
from n3gen.importers.dify.kinds.kind import read_output
from n3gen.importers.dify.kinds.start import fields_of
from n3gen.importers.dify.reading import read_app
from n3gen.importers.dify.rehearsal import rehearsed
from n3gen.importers.dify.samples import paths_of
from n3gen.importers.dify.scope import Scope
from n3gen.importers.import_rules import FaultyFlow
from n3gen.importers.model import Draft, Imported
from n3gen.importers.secrets import Secrets
from n3gen.source import SourceFile

__all__ = ["import_app"]

_FEATURES = {
    "moderation": "sensitive_word_avoidance",
    "speech to text": "speech_to_text",
    "text to speech": "text_to_speech",
    "suggested questions after an answer": "suggested_questions_after_answer",
}


def import_app(source: SourceFile, chain: str, package: str = "") -> Imported:
    """Import an app as the chain of this name; its code goes beside the spec.

    `package` is the folder of the spec as Python imports it.
    """
    problems = Problems()
    app = read_app(source, problems)
    if app is None:
        return Imported(source, chain, None, problems)
    scope = Scope(app, chain, problems, Draft())
    scope.package = package
    scope.read_by = read_output
    scope.paths = paths_of(app)
    bodies = Bodies(scope)
    if not bodies.plan():
        return Imported(source, chain, None, problems)
    entries = bodies.entries("")
    result = bodies.result()
    entries = _pruned(bodies, entries, result)
    if not entries:
        start = app.starts()[0]
        what = "no edges lead from the start node to an end or an answer"
        problems.add(FaultyFlow.of(what, app.label(start), "add edges in Dify"))
        return Imported(source, chain, None, problems)
    entries = filled(entries, scope.new_name)
    for name in unread_requests(entries, result):
        wait_for(entries, name)
    payload = _define(bodies, entries, result)
    for name, test in rehearsed(bodies, entries, payload).items():
        scope.draft.define("tests", name, test)
    _drop_unused(scope)
    _remarks(bodies, entries, (chain,))
    scope.draft.remark((), *_heading(source, bodies))
    Secrets(scope.draft, [source], problems, others=scope.secrets).conceal()
    modules = tuple(scope.modules)
    text = scope.draft.text()
    return Imported(
        source,
        chain,
        text,
        problems,
        bodies.became(),
        modules,
        tuple(scope.draft.files),
    )


def _pruned(
    bodies: Bodies, entries: list[dict[str, Any]], result: Any
) -> list[dict[str, Any]]:
    """The entries without values that nothing reads, which are kept as comments."""
    scope = bodies.scope
    while names := unread(entries, result):
        for name in names:
            node = next(
                (
                    scope.app.nodes[key]
                    for key, one in scope.names.items()
                    if one == name
                ),
                None,
            )
            entries, lines = without(entries, name)
            if node is not None:
                label = scope.app.label(node)
                scope.changed(f"nothing reads what node `{node.title}` gives", label)
                bodies.made[node.id].what = "left out: nothing reads it"
            bodies.left_out += [
                "Nothing reads this step:",
                *(f"    {x}" for x in lines),
            ]
    return entries


def _drop_unused(scope: Scope) -> None:
    """Take out definitions that only steps use which are left out."""
    data = scope.draft.data
    while True:
        unused = [
            (section, name)
            for section in ("types", "connections", "states")
            for name in data.get(section, {})
            if not _is_used(data, section, name)
        ]
        if not unused:
            return
        for section, name in unused:
            del data[section][name]


def _is_used(data: dict[str, Any], section: str, name: str) -> bool:
    others = {key: one for key, one in data.get(section, {}).items() if key != name}
    text = " ".join(texts_of([data.get("chains"), others]))
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _define(
    bodies: Bodies, entries: list[dict[str, Any]], result: Any
) -> dict[str, Any]:
    """Define the chain; give a payload for its test."""
    scope = bodies.scope
    fields: dict[str, Any] = {}
    payload: dict[str, Any] = {}
    for node in scope.app.starts():
        own, values = fields_of(node)
        fields |= own
        bodies_of = (name for name in values if scope.is_json(node, name))
        payload |= {**values, **dict.fromkeys(bodies_of, "{}")}
    if scope.app.is_chat:
        scope.inputs.setdefault("query", "str")
    for name, kind in scope.inputs.items():
        fields.setdefault(name, kind)
        if kind in ("str", "any"):
            payload.setdefault(name, "a text")
    chain: dict[str, Any] = {}
    about = scope.app.about.get("description")
    if isinstance(about, str) and about.strip():
        chain["description"] = about.strip()
    if bodies.has_fans:
        chain["schedule"] = "dag"
    if fields:
        chain["input"] = fields
    if result:
        chain["result"] = result
    chain["steps"] = entries
    scope.draft.define("chains", scope.chain, chain)
    return payload


def _remarks(
    bodies: Bodies, entries: list[dict[str, Any]], place: tuple[str, ...]
) -> None:
    """Put the comments of nodes above what they have become."""
    for entry in entries:
        name = entry.get("name")
        if name is None:
            continue
        word = next((key for key in ("for", "while", "if") if key in entry), "step")
        lines = bodies.comments.get(str(name))
        if lines:
            bodies.scope.draft.remark((word, *place, str(name)), *lines)
        for key in ("steps", "then"):
            _remarks(bodies, entry.get(key, []), (*place, str(name)))


def _heading(source: SourceFile, bodies: Bodies) -> Iterator[str]:
    """Yield what stands at the top of the spec."""
    scope = bodies.scope
    app = scope.app
    name = app.about.get("name")
    yield f"Imported from {source.path} by `n3gen import dify`."
    if isinstance(name, str) and name:
        yield f"Its name in Dify is {name}."
    if scope.draft.files:
        yield f"The code of its nodes is in {scope.chain}_code."
    yield from _features(scope)
    if app.notes:
        yield "Notes on the canvas:"
        yield from (f"    {line}" for line in app.notes)
    yield from bodies.left_out


def _features(scope: Scope) -> Iterator[str]:
    """Yield what the app does around its workflow, which is for the caller to do."""
    app: App = scope.app
    features = app.features
    opening = features.get("opening_statement")
    if isinstance(opening, str) and opening.strip():
        yield "It opens a conversation with:"
        yield from (f"    {line}" for line in opening.strip().splitlines())
    for question in features.get("suggested_questions") or []:
        if isinstance(question, str) and question.strip():
            yield f"It suggests to ask: {question.strip()}"
    for words, key in _FEATURES.items():
        if mapping_of(features.get(key)).get("enabled"):
            loc = ("workflow", "features", key)
            what = f"{words} is a service of Dify, around the workflow"
            scope.lost(what, app.document.key_label(loc), "that is up to the caller")
            yield f"{what}."
