"""`n3gen import`: specs made of the flows of other tools."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from n3gen.cli.options import config_of, config_option, format_of
from n3gen.cli.output import count, placed, printable, say, show_problems
from n3gen.diagnostics.rule import Severity
from n3gen.project.config import Config
from n3gen.project.importing import (
    ImportedFile,
    import_dify,
    import_namel3ss,
    import_promptflow,
    import_prompties,
    left_out,
    write_imports,
)

__all__ = ["command"]

F = TypeVar("F", bound=Callable[..., Any])


@click.group("import")
def command() -> None:
    """Make specs of the flows of other tools.

    What a flow says and a chain can say is written as a spec, with tests whose
    mocks stand for models and functions. What a chain cannot say is reported at
    its place, and left as a comment at its place in the spec.

    \b
    Examples:
      n3gen import promptflow flows/chat-basic
      n3gen import promptflow flows --out chains/flows
      n3gen import dify triage.yml
      n3gen import namel3ss app.ai
    """


def _import_options(command: F) -> F:
    """Add the options that all imports have."""
    for option in (
        config_option,
        click.option(
            "--output-format",
            type=click.Choice(["text", "json"]),
            help="How the report is printed.  [default: text]",
        ),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            help="The same as `--output-format json`.",
        ),
        click.option(
            "--strict", is_flag=True, help="Exit with 1 where a part is not imported."
        ),
        click.option("--force", is_flag=True, help="Write over files that are there."),
        click.option(
            "--out",
            metavar="FOLDER",
            help="Where the specs go.  [default: the project's specs]",
        ),
    ):
        command = option(command)
    return command


@command.command("promptflow")
@click.argument("folder", metavar="DIR")
@_import_options
def promptflow(folder: str, **given: Any) -> int:
    """Import the Prompt Flow flows in DIR and the folders below it.

    Each flow.dag.yaml becomes one .ai file with a chain, its tests, and, where
    nodes have `aggregation`, a chain for all lines. Code of the flow stays where
    it is and is called there. A spec that is there already is not written over.
    Exits with 1 where a flow is faulty, and with --strict also where a part of
    one could not be imported. Each .prompty file becomes a spec too; flows that are
    Python (flow.flex.yaml) are listed and left out.

    \b
    Examples:
      n3gen import promptflow flows/chat-basic
      n3gen import promptflow flows --out chains/flows --json
    """
    config = config_of((), given | {"out": None})
    files = import_promptflow(folder, config, given["out"])
    return _finish(files, left_out(folder, config), config, given)


@command.command("dify")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@_import_options
def dify(paths: tuple[str, ...], **given: Any) -> int:
    """Import workflows and chatflows that Dify has exported (its DSL, as YAML).

    Each FILE becomes one .ai file with a chain and its tests; a folder stands for the
    exports in it. The code of code nodes is written into modules beside the spec.
    Tools, agents and knowledge bases of Dify become functions that the run is given.
    A file that is there already is not written over. Exits with 1 where an export is
    faulty, and with --strict also where a part of one could not be imported.

    \b
    Examples:
      n3gen import dify triage.yml
      n3gen import dify exports --out chains/dify --json
    """
    config = config_of((), given | {"out": None})
    return _finish(import_dify(paths, config, given["out"]), [], config, given)


@command.command("namel3ss")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@_import_options
def namel3ss(paths: tuple[str, ...], **given: Any) -> int:
    """Import apps of namel3ss, written in spec 1.0 of its grammar.

    Each FILE becomes one .ai file with a chain and a test for each of its flows, and
    for those of the modules that it uses; a folder stands for the apps in it. Tools
    with a binding are called where they are, other tools and records become functions
    that the run is given. Pages, themes and routes are no part of a chain. A file that
    is there already is not written over. Exits with 1 where an app is faulty, or in an
    older grammar, and with --strict also where a part could not be imported.

    \b
    Examples:
      n3gen import namel3ss app.ai
      n3gen import namel3ss apps --out chains/apps --json
    """
    config = config_of((), given | {"out": None})
    return _finish(import_namel3ss(paths, config, given["out"]), [], config, given)


@command.command("prompty")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@_import_options
def prompty(paths: tuple[str, ...], **given: Any) -> int:
    """Import .prompty files: front matter, and a template with lines of roles.

    Each FILE becomes one .ai file with a chain that asks the model, and its test, whose
    payload is the sample of the file. A folder stands for the files in it. A spec that
    is there already is not written over. Exits with 1 where a file is faulty, and with
    --strict also where a part of one could not be imported.

    \b
    Examples:
      n3gen import prompty chat.prompty
      n3gen import prompty prompts --out chains/prompts --json
    """
    config = config_of((), given | {"out": None})
    return _finish(import_prompties(paths, config, given["out"]), [], config, given)


def _finish(
    files: list[ImportedFile], others: list[str], config: Config, given: dict[str, Any]
) -> int:
    """Write what is imported, print the report, and return the exit code."""
    is_json = format_of(given["output_format"], as_json=given["as_json"]) == "json"
    written = write_imports(files, config, force=given["force"])
    if is_json:
        click.echo(json.dumps(_report(files, config, written, others), indent=2))
    else:
        problems = [one for file in files for one in file.imported.problems]
        show_problems(placed(problems, config))
        for file in files:
            _show(file, config, written)
        for path in others:
            click.echo(printable(f"{path} is left out: it has no nodes"))
        _show_sum(files, config, written)
    return _exit_code(files, strict=given["strict"])


def _show(file: ImportedFile, config: Config, written: list[str]) -> None:
    """Print what a flow has become, a line for each of its nodes."""
    imported = file.imported
    source, spec = config.seen(imported.source.path), config.seen(file.path)
    if imported.text is None:
        click.echo(printable(f"{source} is faulty: nothing is written"))
        return
    if not _is_written(file, config, written):
        click.echo(printable(f"{spec} is there already, as {source} becomes it"))
        return
    click.echo(printable(f"{source} -> {spec}"))
    names = [" ".join(node.name.splitlines()) for node in imported.nodes]
    width = max(map(len, names), default=0)
    kinds = max((len(node.kind) for node in imported.nodes), default=0)
    for name, node in zip(names, imported.nodes, strict=True):
        shown = f"  {node.line:4}  {name:{width}}  {node.kind:{max(10, kinds)}}  {node.what}"
        click.echo(printable(shown))


def _is_written(file: ImportedFile, config: Config, written: list[str]) -> bool:
    """Whether a file of an import was not there, or has other content now."""
    return any(config.seen(path) in written for path, _ in file.texts())


def _show_sum(files: list[ImportedFile], config: Config, written: list[str]) -> None:
    sound = [file for file in files if file.imported.text is not None]
    done = [file for file in sound if _is_written(file, config, written)]
    parts: list[str] = []
    if done or len(sound) < len(files):
        plain = sum(not file.remarks for file in done)
        nodes = sum(len(file.imported.nodes) for file in done)
        text = f"{count(len(done), 'flow')} with {count(nodes, 'node')} imported"
        parts.append(f"{text}, {plain:,} without a remark")
    if len(done) < len(sound):
        parts.append(f"{count(len(sound) - len(done), 'flow')} imported before")
    if len(sound) < len(files):
        parts.append(f"{count(len(files) - len(sound), 'flow')} faulty")
    say("; ".join(parts))


def _report(
    files: list[ImportedFile], config: Config, written: list[str], others: list[str]
) -> dict[str, Any]:
    """What `--output-format json` prints."""
    flows = [_flow_report(file, config, written) for file in files]
    return {"flows": flows, "left_out": others}


def _flow_report(
    file: ImportedFile, config: Config, written: list[str]
) -> dict[str, Any]:
    imported = file.imported
    done = imported.text is not None
    shown = config.seen(file.path)
    return {
        "flow": config.seen(imported.source.path),
        "spec": shown if done else None,
        "chain": imported.chain if done else None,
        "status": "imported" if done else "faulty",
        "written": _is_written(file, config, written),
        "nodes": [
            {
                "name": node.name,
                "type": node.kind,
                "line": node.line,
                "became": node.what,
            }
            for node in imported.nodes
        ],
        "modules": list(imported.modules),
        "files": [config.seen(path) for path, _ in file.texts()],
        "remarks": [
            {
                "code": problem.rule.code,
                "severity": problem.severity.value,
                "file": problem.file.path,
                "line": problem.file.line_at(problem.label.span.start),
                "message": problem.message,
                "help": problem.help,
            }
            for problem in placed(imported.problems, config)
        ],
    }


def _exit_code(files: list[ImportedFile], *, strict: bool) -> int:
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    problems = (one for file in files for one in file.imported.problems)
    return int(any(problem.severity in failing for problem in problems))
