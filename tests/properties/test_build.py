"""Whatever a valid spec says, it builds to a module that is what the rules say."""

from __future__ import annotations

import ast
import asyncio
import os
import re
from typing import Any

import black
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from n3gen.compiler import Options, compile_file, package_body
from n3gen.diagnostics.formats import as_text
from n3gen.emit.assemble import render_module
from n3gen.emit.build import Settings, build_module
from n3gen.emit.global_names import global_names
from n3gen.emit.header import parse_header, stamp
from n3gen.emit.support import support
from n3gen.plan.planner import plan_chain
from n3gen.source import SourceFile
from n3gen.spec.load import load_spec
from n3gen.syntax import print_ai, print_yaml, read_document
from n3gen.syntax.document import Document

from tests.building import module_from
from tests.clock import run

EXAMPLES = int(os.environ.get("EXAMPLES", "12"))
"""How many specs a test builds; `make soak` has more of them."""

slow = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

texts = st.text(max_size=30) | st.sampled_from(
    [
        '"; import os; os.system("true")',
        "'''",
        '"""\\',
        "{}}{",
        "\\N{DASH}",
        "line\r\nnext\x00\x85\u2028",
        "\u202etfel",
        "{# no comment #}",
        "${HOME} %s %(x)s",
        "\ud7ff\U0001f389",
    ]
)


def is_plain(text: str) -> bool:
    """Whether Jinja would leave it alone, beside an expression too."""
    signs = ("{{", "{%", "{#", "}}", "%}", "#}")
    return not (
        any(sign in text for sign in signs)
        or text.endswith("{")
        or text.startswith("}")
    )


plain_texts = texts.filter(is_plain).map(
    lambda text: text.replace("\r\n", "\n").replace("\r", "\n")
)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[float], list[list[int]]]:
    """Durations of steps, and for each the earlier steps that it depends on."""
    count = draw(st.integers(1, 12))
    seconds = draw(
        st.lists(st.integers(0, 9).map(float), min_size=count, max_size=count)
    )
    needs = [
        (
            draw(st.lists(st.integers(0, index - 1), max_size=3, unique=True))
            if index
            else []
        )
        for index in range(count)
    ]
    return seconds, needs


def critical_path(seconds: list[float], needs: list[list[int]]) -> float:
    ends: list[float] = []
    for index, length in enumerate(seconds):
        ends.append(length + max((ends[need] for need in needs[index]), default=0.0))
    return max(ends)


@slow
@given(graphs(), st.sampled_from(["dag", "file"]))
def test_a_run_takes_as_long_as_its_critical_path(
    graph: tuple[list[float], list[list[int]]], schedule: str
) -> None:
    seconds, needs = graph
    lines = ["chain c:", f"    schedule: {schedule}"]
    for index, earlier in enumerate(needs):
        lines += [
            f"    step s{index}:",
            "        target: work",
            "        limit: none",
            "        parallel: true",
            f"        options: {{index: {index}}}",
        ]
        if earlier:
            names = ", ".join(f"s{need}" for need in earlier)
            lines.append(f"        depends_on: [{names}]")
    source = SourceFile.of("specs/c.ai", "\n".join(lines) + "\n")
    compilation = compile_file(source)
    assert compilation.body is not None, as_text(compilation.problems)
    module = module_from(compilation.body)
    done: set[int] = set()

    async def work(ctx: Any) -> None:
        index = ctx.options["index"]
        assert done.issuperset(needs[index])
        await asyncio.sleep(seconds[index])
        done.add(index)

    connectors = {"work": work}
    record = run(module.run_chain("c", connectors=connectors, parallel=True))
    assert record["status"] == "ok", record["error"]
    assert record["metadata"]["elapsed_ms"] == critical_path(seconds, needs) * 1000
    done.clear()
    record = run(module.run_chain("c", connectors=connectors, parallel=False))
    assert record["metadata"]["elapsed_ms"] == sum(seconds) * 1000


names = st.sampled_from(
    [
        "sentiment",
        "topic",
        "draft",
        "list",
        "class_",
        "step",
        "group",
        "get",
        "payload_",
        "result",
        "x",
        "before",
        "summary",
        "doc",
        "Any",
        "json",
        "call",
        "Größe",
        "model_call",
        "fields",
        "time",
    ]
)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A valid file as canonical data: steps of many kinds, nested blocks, odd texts."""
    taken: list[str] = []

    def name() -> str:
        wanted = draw(names)
        while wanted in taken or f"{wanted}_" in taken or wanted.rstrip("_") in taken:
            wanted += "2"
        taken.append(wanted)
        return wanted

    def text(readable: list[str]) -> str:
        parts = draw(st.lists(plain_texts, max_size=2))
        if readable and draw(st.booleans()):
            parts.insert(
                len(parts) // 2, f"{{{{ {draw(st.sampled_from(readable))} }}}}"
            )
        return "".join(parts)

    def step(readable: list[str]) -> dict[str, Any]:
        made: dict[str, Any] = {"name": name()}
        match draw(st.integers(0, 3)):
            case 0:
                made["value"] = draw(
                    st.none() | st.integers() | st.booleans() | st.just(text(readable))
                )
            case 1:
                made |= {"prompt": "Say " + text(readable), "connection": "model"}
            case 2:
                made |= {"kind": "connector", "target": "f"}
                made["options"] = {"a b": text(readable), "c": [text(readable), 1.5]}
            case _:
                made |= {"kind": "python", "target": "f", "with": {"x": text(readable)}}
        if draw(st.booleans()):
            made["description"] = text([]) or "none"
        if draw(st.booleans()):
            made["timeout"] = draw(st.sampled_from([1, 2.5, "250ms", "3m"]))
        return made

    def block(readable: list[str], depth: int) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        readable = list(readable)
        for _ in range(draw(st.integers(1, 3))):
            kind = draw(st.integers(0, 5)) if depth else 0
            if kind == 1:
                entries.append(
                    {
                        "if": draw(st.sampled_from(readable)),
                        "then": block(readable, depth - 1),
                        "else": block(readable, depth - 1),
                    }
                )
            elif kind == 2:
                variable = name()
                inside = [*readable, variable]
                entries.append(
                    {"for": variable, "in": "[1, 2]", "steps": block(inside, depth - 1)}
                )
            elif kind == 3:
                entries.append(
                    {
                        # Its type is open, so that no rule minds the cases.
                        "match": f"{draw(st.sampled_from(readable))} | default('x')",
                        "cases": [
                            {
                                "case": ["a", "1", None],
                                "steps": block(readable, depth - 1),
                            }
                        ],
                    }
                )
            elif kind == 4:
                body = block(readable, depth - 1)
                rounds = [entry["name"] for entry in body if "name" in entry]
                condition = draw(st.sampled_from(readable))
                if rounds and draw(st.booleans()):
                    # What it is compared with has any type, so that no rule minds it.
                    condition = f"{draw(st.sampled_from(rounds))} == payload"
                entries.append({"while": condition, "max": 2, "steps": body})
            else:
                made = step(readable)
                if draw(st.booleans()):
                    made["parallel"] = True
                else:
                    readable.append(made["name"])
                if draw(st.integers(0, 3)) == 0:
                    made["background"] = True
                entries.append(made)
            if "name" not in entries[-1]:
                if draw(st.booleans()):
                    entries[-1]["name"] = name()
                    readable.append(entries[-1]["name"])
                elif draw(st.booleans()):
                    entries[-1]["parallel"] = True
        return entries

    readable = ["payload", "payload | default('x')", "run.id"]
    return {
        "chains": {
            draw(
                st.sampled_from(["triage", "Customer feedback", "main", "run_chain"])
            ): {
                "description": text([]) or "none",
                "steps": block(readable, 2),
            }
        },
        "connections": {"model": {"api": "local"}},
    }


def body_of(document: Document) -> str:
    """The module of a document, with no line of the spec in it."""
    spec, problems = load_spec(document, {})
    assert spec is not None and not problems
    spec = spec.model_copy(update={"path": "specs/x"})
    plans = {chain.name: plan_chain(chain) for chain in spec.chains}
    model = build_module(spec, plans, lambda place: 1, Settings(False, 50, 300.0, {}))
    return render_module(model, None).text


def document_of(path: str, text: str) -> Document:
    document, problems = read_document(SourceFile.of(path, text))
    assert document is not None and not problems, (text, problems)
    return document


@slow
@given(specs())
def test_both_spellings_build_the_same_bytes(data: dict[str, Any]) -> None:
    document = Document(SourceFile.of("specs/x.yaml", ""), data)
    yaml = document_of("specs/x.yaml", print_yaml(document))
    ai = document_of("specs/x.ai", print_ai(document))
    assert yaml.data == ai.data == data
    body = body_of(yaml)
    assert body == body_of(ai) == body_of(document)


@slow
@given(specs())
def test_a_valid_spec_builds_to_black_code_of_known_names(data: dict[str, Any]) -> None:
    document = Document(SourceFile.of("specs/x.yaml", ""), data)
    source = SourceFile.of("specs/x.yaml", print_yaml(document))
    compilation = compile_file(source)
    problems = [p for p in compilation.problems if p.severity == "error"]
    assert compilation.body is not None, as_text(problems)
    body = compilation.body
    # Black is slow: it sees the chains, without the support that they all have.
    chains = compile_file(source, Options(runtime="shared")).body
    assert chains is not None
    assert black.format_str(chains, mode=black.Mode()) == chains
    tree = ast.parse(body)
    defined = {node.name for node in tree.body if hasattr(node, "name")}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            defined.add(ast.unparse(target))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    builtins = set(dir(__import__("builtins")))
    assert global_names(tree) <= defined | imported | builtins | {"__name__"}
    # What has a name of the spec's is imported under another, with an underscore.
    known = set(support().imports) | builtins
    assert {name.rstrip("_") for name in imported - {"annotations"} - known} <= known
    module_from(body)


def hostile(place: str, text: str) -> dict[str, Any]:
    """A valid file with `text` in one place of it, be it a name, a key or a value."""

    def at(name: str, usual: str) -> str:
        return text if name == place else usual

    return {
        "chains": {
            at("chain", "c"): {
                "description": at("description", "d"),
                "input": {at("field", "f"): at("type", "str = x")},
                "steps": [
                    {
                        "name": at("step", "a"),
                        "value": {at("key", "k"): at("value", "v")},
                    },
                    {
                        "name": "call",
                        "kind": "python",
                        "target": at("function", "g"),
                        "with": {at("keyword", "x"): at("argument", "y")},
                    },
                    {
                        "name": "ask",
                        "prompt": at("prompt", "p"),
                        "system": at("system", "s"),
                        "model": at("model", "m"),
                        "options": {at("option", "o"): at("setting", "1")},
                    },
                    {
                        "name": "get",
                        "url": "http://127.0.0.1:9/" + at("url", ""),
                        "headers": {"H": at("header", "h")},
                    },
                    {"name": "tell", "kind": "connector", "target": at("target", "t")},
                    {
                        "match": "run.id",
                        "name": at("block", "b"),
                        "cases": [
                            {
                                "case": [at("case", "c")],
                                "steps": [{"name": "n", "value": 1}],
                            }
                        ],
                    },
                    {
                        "if": at("condition", "a | length"),
                        "then": [{"name": "o", "value": 1}],
                    },
                ],
                "result": at("result", "r"),
            }
        },
        "connections": {
            at("connection", "model"): {
                "api": "local",
                "answers": [
                    {"contains": [at("contains", "c")], "answer": at("answer", "a")}
                ],
            }
        },
    }


PATHS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
) | st.text(st.sampled_from("\"'\\N{}#\n\r\u2028 ax/%"), max_size=20)
"""What folders can be called, the signs above all that mean something to Python."""

ENDS = ['"""', "'''", "\\", "\\N{x}", "\n", "\r", "\u2028", "#", "}"]
ENDS += ["coding: utf-7", "-*- coding=rot13 -*-"]


@slow
@given(PATHS, st.sampled_from(ENDS))
def test_no_text_of_a_path_becomes_code(path: str, end: str) -> None:
    shown = f"specs/{path}{end}; canary_7f3a(){end}/x.yaml"
    text = print_yaml(Document(SourceFile.of("x.yaml", ""), hostile("", "")))
    body = compile_file(SourceFile.of(shown, text)).body
    assert body is not None
    folder = package_body(shown.rpartition("/")[0])
    assert len(ast.parse(folder).body) == 1
    for written in (body, folder):
        stamped = stamp(written, shown, "0" * 16)
        assert "canary_7f3a" not in global_names(ast.parse(stamped.encode()))
        assert parse_header(stamped) is not None


FREE = [
    "description",
    "key",
    "value",
    "argument",
    "prompt",
    "system",
    "model",
    "option",
    "setting",
    "url",
    "header",
]
FREE += ["case", "result", "contains", "answer"]
"""Places where any text is meant: there it must build."""

BOUND = [
    "chain",
    "field",
    "type",
    "step",
    "function",
    "keyword",
    "target",
    "block",
    "condition",
    "connection",
]
"""Places where names are meant: there it builds or is told."""


@slow
@given(
    st.sampled_from([*FREE, *BOUND]), plain_texts, st.sampled_from(["", '"', "'", ")"])
)
def test_no_text_of_a_spec_becomes_code(place: str, text: str, end: str) -> None:
    data = hostile(place, f"{text}{end}; canary_7f3a(){end}")
    document = Document(SourceFile.of("specs/x.yaml", ""), data)
    compilation = compile_file(SourceFile.of("specs/x.yaml", print_yaml(document)))
    is_variable = re.search(r"\$\{?[A-Z_]", text) is not None  # of a shell: N214
    if place in FREE and not is_variable:
        assert compilation.body is not None, as_text(compilation.problems)
    if compilation.body is not None:
        tree = ast.parse(compilation.body)
        assert "canary_7f3a" not in global_names(tree)
        assert not any(
            isinstance(node, ast.Attribute | ast.keyword | ast.alias)
            and "canary" in ast.unparse(node).partition("(")[0].partition("=")[0]
            for node in ast.walk(tree)
        )


@slow
@given(plain_texts, plain_texts)
def test_texts_come_out_as_they_went_in(first: str, second: str) -> None:
    data = {
        "chains": {
            "c": {
                "description": first or "none",
                "steps": [
                    {"name": "a", "value": first},
                    {"name": "b", "value": f"{first}{{{{ a }}}}{second}"},
                ],
                "result": {"a": "{{ a }}", "b": "{{ b }}", second: [first]},
            }
        }
    }
    document = Document(SourceFile.of("specs/x.yaml", ""), data)
    compilation = compile_file(SourceFile.of("specs/x.ai", print_ai(document)))
    assert compilation.body is not None, as_text(compilation.problems)
    module = module_from(compilation.body)
    record = run(module.run_chain("c"))
    assert record["result"] == {
        "a": first,
        "b": f"{first}{first}{second}",
        second: [first],
    } | ({"a": [first]} if second == "a" else {}) | (
        {"b": [first]} if second == "b" else {}
    )
