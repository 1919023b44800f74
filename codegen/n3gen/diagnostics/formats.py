"""Diagnostics as text for people and for tools: JSON, GitHub, GitLab, SARIF, JUnit."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from n3gen.diagnostics.cells import plain
from n3gen.diagnostics.junit import as_junit
from n3gen.diagnostics.render import render, summary
from n3gen.diagnostics.rule import Diagnostic, Label, Rule, Severity

__all__ = [
    "FORMATS",
    "as_data",
    "as_github",
    "as_gitlab",
    "as_json",
    "as_junit",
    "as_sarif",
    "as_text",
    "write",
]

_GITHUB_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}

_GITLAB_LEVELS = {
    Severity.ERROR: "major",
    Severity.WARNING: "minor",
    Severity.NOTE: "info",
}

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def write(
    problems: Iterable[Diagnostic],
    format: str,  # noqa: A002
    color: bool = False,
) -> str:
    """The problems in one of `FORMATS`, ready to print: it ends with a line end or is empty.

    `color` means something to `text` only. Raises `KeyError` on another format.
    """
    return FORMATS[format](list(problems), color)


def as_text(problems: Iterable[Diagnostic], color: bool = False) -> str:
    """The drawings, a blank line after each, and the summary; empty without problems."""
    found = list(problems)
    if not found:
        return ""
    drawings = "".join(f"{render(problem, color)}\n\n" for problem in found)
    return f"{drawings}{summary(found)}\n"


def as_data(problems: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """A list with an object per problem, of this shape, which only grows.

    `code` ("N301"), `name` ("unknown-dependency"), `severity` ("error", "warning",
    "note"), `message`, `help` (or null), `file`, `range`, `labels`, and `url`, the
    path of the rule's page in the project. A `range` has `start` and `end`, each
    with `line` and `column` from 1 in code points, the end being the first place
    after it. `labels` has the problem's own place first, then the others, each
    with `file`, `range` and `text`, which may be empty.
    """
    return [_json_problem(problem) for problem in problems]


def as_json(problems: Iterable[Diagnostic]) -> str:
    """One JSON array, as `as_data` has it."""
    return _dump(as_data(problems))


def as_github(problems: Iterable[Diagnostic]) -> str:
    """A workflow command per problem, which GitHub shows at the line in a change."""
    return "".join(f"{_github_command(problem)}\n" for problem in problems)


def as_gitlab(problems: Iterable[Diagnostic]) -> str:
    """A code quality report. A fingerprint holds no line, so that it outlives a move."""
    seen: Counter[str] = Counter()
    issues = []
    for problem in problems:
        path, code = problem.file.path, problem.rule.code
        key = json.dumps([path, code, plain(problem.message)])
        seen[key] += 1
        text = f"{key}{seen[key]}".encode()
        area = _range(problem.label)
        issues.append(
            {
                "description": _sentence(problem),
                "check_name": f"{code} {problem.rule.name}",
                "fingerprint": hashlib.sha256(text).hexdigest(),
                "severity": _GITLAB_LEVELS[problem.severity],
                "location": {
                    "path": path,
                    "lines": {"begin": area["start"]["line"]},
                    "positions": {"begin": area["start"], "end": area["end"]},
                },
            }
        )
    return _dump(issues)


def as_sarif(problems: Iterable[Diagnostic]) -> str:
    """A SARIF 2.1.0 log of one run, with the rules that it speaks of."""
    found = list(problems)
    rules = sorted({problem.rule for problem in found}, key=lambda rule: rule.code)
    run = {
        "tool": {"driver": {"name": "n3gen", "rules": [_sarif_rule(r) for r in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(problem, rules) for problem in found],
    }
    return _dump({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


FORMATS: dict[str, Callable[[Sequence[Diagnostic], bool], str]] = {
    "text": as_text,
    "json": lambda problems, color: as_json(problems),
    "github": lambda problems, color: as_github(problems),
    "gitlab": lambda problems, color: as_gitlab(problems),
    "sarif": lambda problems, color: as_sarif(problems),
    "junit": lambda problems, color: as_junit(problems),
}
"""The writers by name: each takes the problems and whether to colour."""


def _dump(data: object) -> str:
    return json.dumps(data, indent=2) + "\n"


def _range(label: Label) -> dict[str, dict[str, int]]:
    most = len(label.file.text)
    edges = {"start": label.span.start, "end": label.span.end}
    places = {key: label.file.position(min(edge, most)) for key, edge in edges.items()}
    return {
        key: {"line": line, "column": column} for key, (line, column) in places.items()
    }


def _sentence(problem: Diagnostic) -> str:
    """The message and, on a line of its own, the help."""
    message = plain(problem.message)
    return f"{message}\nhelp: {plain(problem.help)}" if problem.help else message


def _json_problem(problem: Diagnostic) -> dict[str, Any]:
    rule = problem.rule
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": problem.severity.value,
        "message": plain(problem.message),
        "help": plain(problem.help) if problem.help else None,
        "file": problem.file.path,
        "range": _range(problem.label),
        "labels": [
            {
                "file": label.file.path,
                "range": _range(label),
                "text": plain(label.text),
            }
            for label in problem.labels
        ],
        "url": f"docs/rules/{rule.code}.md",
    }


def _github_command(problem: Diagnostic) -> str:
    area = _range(problem.label)
    start, end = area["start"], area["end"]
    properties = {"file": plain(problem.file.path), "line": str(start["line"])}
    if end["line"] == start["line"]:
        properties["col"] = str(start["column"])
        properties["endColumn"] = str(max(end["column"], start["column"] + 1))
    else:
        properties["endLine"] = str(end["line"])
    properties["title"] = f"{problem.rule.code} {problem.rule.name}"
    listed = ",".join(f"{k}={_github_property(v)}" for k, v in properties.items())
    level = _GITHUB_LEVELS[problem.severity]
    return f"::{level} {listed}::{_github_data(_sentence(problem))}"


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif_rule(rule: type[Rule]) -> dict[str, Any]:
    title, text = rule.documentation()
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": title},
        "help": {"text": text.strip() or title},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _sarif_result(problem: Diagnostic, rules: list[type[Rule]]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": problem.rule.code,
        "ruleIndex": rules.index(problem.rule),
        "level": problem.severity.value,
        "message": {"text": _sentence(problem)},
        "locations": [_sarif_location(problem.label)],
    }
    related = [_sarif_location(label) for label in problem.labels[1:]]
    if related:
        numbered = enumerate(related, start=1)
        result["relatedLocations"] = [{"id": n, **place} for n, place in numbered]
    return result


def _sarif_location(label: Label) -> dict[str, Any]:
    area = _range(label)
    uri = quote(label.file.path, errors="surrogatepass")
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
            "region": {
                "startLine": area["start"]["line"],
                "startColumn": area["start"]["column"],
                "endLine": area["end"]["line"],
                "endColumn": area["end"]["column"],
            },
        }
    }
    if label.text:
        location["message"] = {"text": plain(label.text)}
    return location
