"""`n3gen batch`: a chain of a spec over rows of data."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from n3gen.cli.batch_progress import batch_data, batch_progress, batch_summary
from n3gen.cli.durations import DURATION
from n3gen.cli.options import config_of, config_option, env_file_option
from n3gen.cli.output import placed, say, show_problems
from n3gen.cli.plan import complete_chains, the_chain
from n3gen.project.config import working_directory
from n3gen.project.env_file import load_env_file
from n3gen.project.errors import ProjectError
from n3gen.project.given_connectors import check_needed, given_connectors
from n3gen.project.in_memory import imports_from, module_in_memory
from n3gen.project.single import compile_path

if TYPE_CHECKING:
    from n3gen.project.batch_tally import Tally

__all__ = ["command"]

_MODULE = "n3gen_batch"


@click.command("batch")
@click.argument("path")
@click.argument("chain", shell_complete=complete_chains)
@click.argument("rows", type=click.Path())
@click.option(
    "--out",
    required=True,
    metavar="FILE|-",
    type=click.Path(),
    help="Where the records go: a file from which the same command continues, or stdout.",
)
@click.option(
    "--input-format",
    "row_format",
    type=click.Choice(["jsonl", "json", "csv", "tsv"]),
    help="What the rows are.  [default: by the ending of ROWS, else jsonl]",
)
@click.option("--id", "id_field", metavar="FIELD", help="The field that names a row.")
@click.option("--records", is_flag=True, help="Write whole records, with their steps.")
@click.option(
    "--ordered/--unordered",
    default=True,
    help="Records in the order of the rows, or as they end.  [default: ordered]",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    metavar="N",
    help="Rows at once.  [default: the limit on model calls]",
)
@click.option(
    "--max-errors",
    type=click.IntRange(1),
    metavar="N",
    help="Begin no more rows once N have failed.",
)
@click.option("--retry-failed", is_flag=True, help="Run rows again that failed before.")
@click.option(
    "--connectors",
    metavar="MODULE:NAME",
    help="A mapping of connector names to callables, imported from the project.",
)
@click.option(
    "--timeout", type=DURATION, metavar="TIME", help="For the chain of a row."
)
@click.option(
    "--parallel/--sequential",
    default=None,
    help="Whether parallel steps run together.  [default: as configured]",
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    help="How the summary is printed: for people on stderr, as data on stdout.  "
    "[default: text]",
)
@env_file_option
@config_option
def command(path: str, chain: str, rows: str, **given: Any) -> int:
    """Run a CHAIN of the spec file PATH for each of the ROWS, many at once.

    ROWS are JSON Lines, CSV with a header or a list in a .json file, or - for stdin;
    each row is a payload. A record per row is appended to the file --out when the row ends, as a line
    of JSON. A row that fails has its record too, and the others go on.

    The same command goes on where it was stopped or killed: rows that have a record do
    not run again. Exits with 1 where a record is not ok.

    \b
    Examples:
      n3gen batch chains/triage.ai triage mails.jsonl --out teams.jsonl
      n3gen batch chains/triage.ai triage mails.csv --out teams.jsonl --id mail
      n3gen batch chains/triage.ai triage mails.jsonl --out teams.jsonl \\
        --retry-failed
    """
    from n3gen.project.batch import Batch, run_batch
    from n3gen.project.batch_request import opened_out, rows_for, wanted_of
    from n3gen.project.batch_results import ResultsFile

    is_json = given["output_format"] == "json"
    if is_json and given["out"] == "-":
        raise ProjectError(
            "`--out -` writes the records to stdout, and `--output-format json` the summary: "
            "give `--out` a file"
        )
    config = config_of((path,), {"config": given["config"]})
    _, compilation = compile_path(path, config=config, is_run=True)
    show_problems(placed(compilation.problems, config))
    if compilation.problems.has_errors:
        return 1
    wanted = wanted_of(compilation, the_chain(compilation, chain), config, given)
    assert compilation.body is not None
    if given["env_file"] is not None:
        load_env_file(given["env_file"])
    _show_warnings()
    for words in wanted.notices:
        say(f"warning: {words}")
    source = rows_for(rows, given["row_format"], wanted)
    stdout = sys.stdout.buffer
    with (
        imports_from([config.root, working_directory()]),
        module_in_memory(compilation.body, compilation.source.path, _MODULE) as module,
        # What steps print is no record.
        redirect_stdout(sys.stderr),
    ):
        connectors = given_connectors(given["connectors"])
        check_needed(wanted.chain, module.CHAINS[wanted.chain].connectors, connectors)
        wanted.options["connectors"] = connectors
        with (
            opened_out(given["out"], source, wanted, stdout) as results,
            batch_progress(sys.stderr) as shown,
        ):
            tally = run_batch(Batch(module, source, results, wanted, shown))
    out = given["out"] if isinstance(results, ResultsFile) else "-"
    _show_summary(tally, out, is_json=is_json)
    if tally.interrupt is not None:
        raise tally.interrupt
    return 0 if tally.is_clean else 1


def _show_summary(tally: Tally, out: str, *, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(batch_data(tally), indent=2))
    else:
        for line in batch_summary(tally, out):
            say(line)


class _Log(logging.Handler):
    """Shows the first warning of each kind; the errors of rows are in their records."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if hasattr(record, "signal"):
            return  # that nobody answers is said before the first row
        if record.levelno == logging.WARNING and record.msg not in self._shown:
            self._shown.add(record.msg)
            say(f"warning: {record.getMessage()}")


def _show_warnings() -> None:
    logger = logging.getLogger("n3gen")
    logger.handlers[:] = [_Log()]
    logger.propagate = False
