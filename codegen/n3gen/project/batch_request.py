"""What a command line wants of a batch: its chain, its rows, and where records go."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from n3gen.compiler import Compilation
from n3gen.project.batch_people import without_people
from n3gen.project.batch_results import ResultsFile, opened_results
from n3gen.project.batch_rows import BatchRows, rows_of
from n3gen.project.batch_stream import StreamedResults
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError, disk_error
from n3gen.project.regular import opened_stream
from n3gen.semantics.channels import fed_channels
from n3gen.semantics.versions import Versions
from n3gen.spec.type_refs import TypeRef

__all__ = ["Wanted", "opened_out", "rows_for", "wanted_of"]

_LEAST_WINDOW: Final = 100
"""How many rows a stream in order may at least be ahead of the first outstanding one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller wants of a batch.

    `types` are those of the fields of the chain's input. `id_field` is the field of a
    row that identifies it; where `takes_id` is false, the chain's input has none of that
    name. `options` are those of each run. `is_whole` adds steps and metadata to the
    records. `notices` is what is said before the first row.
    """

    chain: str
    version: str
    concurrency: int
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    types: Mapping[str, TypeRef] = field(default_factory=dict[str, TypeRef])
    id_field: str | None = None
    takes_id: bool = True
    is_whole: bool = False
    in_order: bool = True
    retries_failed: bool = False
    max_errors: int | None = None
    notices: tuple[str, ...] = ()


def wanted_of(
    compilation: Compilation, name: str, config: Config, given: Mapping[str, Any]
) -> Wanted:
    """Return what the command line says of a batch; raise `ProjectError`."""
    spec = compilation.spec
    assert spec is not None
    chain = next(chain for chain in spec.chains if chain.name == name)
    if fed := fed_channels(chain):
        raise ProjectError(
            f"nobody can feed the channel `{fed[0]}` of chain `{name}` in a batch: take "
            "its items from the payload"
        )
    notices = without_people(chain, spec)
    fields = chain.input
    types = {found.key: found.type for found in fields or ()}
    return Wanted(
        name,
        Versions(spec).whole(chain),
        given["concurrency"] or _calls_at_once(config),
        {"timeout": given["timeout"], "parallel": given["parallel"]},
        types,
        given["id_field"],
        takes_id=fields is None or given["id_field"] in types,
        is_whole=given["records"],
        in_order=given["ordered"],
        retries_failed=given["retry_failed"],
        max_errors=given["max_errors"],
        notices=tuple(notices),
    )


def _calls_at_once(config: Config) -> int:
    """The limit on model calls that runs of the project's modules have."""
    settings = importlib.import_module("n3gen.templates.runtime.run.settings")
    try:
        limit: int = settings.count_setting(
            "MAX_CONCURRENT_LLM_CALLS", config.max_concurrent_llm_calls
        )
    except ValueError as error:
        raise ProjectError(str(error)) from error
    return limit


def rows_for(path: str, row_format: str | None, wanted: Wanted) -> BatchRows:
    """Return the rows of a file, or of standard input where the path is `-`."""
    return rows_of(path, row_format, wanted.types)


@contextmanager
def opened_out(
    path: str, rows: BatchRows, wanted: Wanted, stdout: BinaryIO
) -> Iterator[ResultsFile | StreamedResults]:
    """Open the file of results, a pipe or a device, or `stdout` where the path is `-`."""
    try:
        stream = None if path == "-" else opened_stream(path)
    except OSError as error:
        raise disk_error("write", path, error) from error
    if path == "-" or stream is not None:
        named = "standard output" if path == "-" else f"`{path}`"
        if wanted.retries_failed:
            raise ProjectError(
                f"{named} keeps no earlier results to retry: name a file by --out"
            )
        window = max(_LEAST_WINDOW, 4 * wanted.concurrency)
        with nullcontext(stdout) if stream is None else open(stream, "wb") as out:
            yield StreamedResults(out, window, in_order=wanted.in_order)
        return
    if rows.is_file and os.path.exists(path) and os.path.samefile(rows.path, path):
        raise ProjectError(
            f"`{path}` is where the rows come from; choose another --out"
        )
    with opened_results(path, wanted.chain, wanted.version) as results:
        yield results
