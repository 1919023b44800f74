"""Durable runs as their database has them, whether or not a process executes them now."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.find import find_specs
from n3gen.project.kept_answers import GivenAnswers, asked_so_far
from n3gen.project.user_imports import failed_import

__all__ = ["KeptRun", "KeptRuns", "kept_runs"]

_STATES = {
    "PENDING": "running",
    "ENQUEUED": "queued",
    "DELAYED": "queued",
    "CANCELLED": "cancelled",
    "ERROR": "refused",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "refused",
}
"""What the states of DBOS are called here; those that have ended have a record."""

_TOPIC = "n3gen"


@dataclass(frozen=True, slots=True)
class KeptRun:
    """One run: `status` is that of its record once it has ended.

    `source` is the spec file of its chain, `version` that of its code; `began` is in
    seconds since 1970. It waits for answers to `questions`.
    """

    id: str
    source: str
    chain: str
    status: str
    version: str
    executor: str
    began: float
    payload: Any
    record: Mapping[str, Any] | None
    questions: tuple[Mapping[str, Any], ...] = ()

    @property
    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self.record is not None or self.status in ("cancelled", "refused")

    def asks(self, name: str, key: str | None) -> bool:
        """Whether it waits for an answer; one without a key fits each key."""
        return any(
            question["signal"] == name and key in (None, question["key"])
            for question in self.questions
        )


class KeptRuns:
    """The runs in one database."""

    def __init__(
        self,
        client: Any,
        config: Config,
        is_gone: Callable[[str], bool],
        answers: GivenAnswers,
    ) -> None:
        self.client = client
        self.answers = answers
        self.is_gone = is_gone
        self.config = config

    def listed(self, limit: int) -> list[KeptRun]:
        """Return the newest runs, the newest first."""
        found = self.client.list_workflows(
            limit=limit, sort_desc=True, has_parent=False
        )
        return [self._run(one) for one in found]

    def found(self, run_id: str) -> KeptRun:
        """Return one run with its questions; raise `ProjectError` where there is none."""
        found = self.client.list_workflows(workflow_ids=[run_id])
        if not found:
            raise ProjectError(f"there is no run `{run_id}`; see `n3gen runs list`")
        return self._run(found[0])

    def outcomes(self, run_id: str) -> dict[str, Any]:
        """Return what the steps of a run have come to so far, by their places."""
        found: dict[str, Any] = {}
        journal, steps = _durable("journal"), self.client.list_workflow_steps(run_id)
        for child in journal.children_in(steps):
            # Rounds of a loop that some process has taken.
            found |= self.outcomes(child)
        return {**journal.outcomes_in(steps), **found}

    def is_left(self, run: KeptRun) -> bool:
        """Whether a run has begun and not ended, and the process that executed it is gone."""
        has_begun = bool(run.executor) and not run.has_ended
        return has_begun and self.is_gone(run.executor)

    def is_of_this_build(self, run: KeptRun) -> bool:
        """Whether a run is of the code that is built now."""
        try:
            return bool(self._module(run).MODULE.code == run.version)
        except ProjectError:
            return False

    def cancel(self, run: KeptRun) -> None:
        """Cancel a run; the process that executes it learns of it within a second or so."""
        self._refuse_ended(run)
        self.client.cancel_workflow(run.id, cancel_children=True)

    def resume(self, run: KeptRun) -> None:
        """Put a run into the queue, from which a worker with its code continues it."""
        if run.record is not None:
            raise ProjectError(f"run `{run.id}` has ended: {run.status}")
        is_begun = run.status in ("running", "waiting") and bool(run.executor)
        if is_begun and not self.is_left(run):
            raise ProjectError(f"run `{run.id}` is executed by `{run.executor}` now")
        self.client.resume_workflow(
            run.id, queue_name=_durable("queues").runs_queue(run.source)
        )

    def retry(self, run: KeptRun) -> str:
        """Queue a run that continues from the failed steps of one; return its id.

        It is one of the code that is built now, in which steps may have changed.
        """
        from dbos import SetWorkflowID

        if run.record is None or run.status == "ok":
            raise ProjectError(f"run `{run.id}` has not failed: {run.status}")
        module = self._module(run)
        if run.chain not in module.CHAINS:
            raise ProjectError(f"`{run.source}` has no chain `{run.chain}` any more")
        stem, _, number = run.id.rpartition("-retry-")
        name = f"{stem or run.id}-retry-{int(number) + 1 if stem else 1}"
        if self.client.list_workflows(workflow_ids=[name]):
            raise ProjectError(f"run `{run.id}` was retried before: see run `{name}`")
        with SetWorkflowID(name):
            self.client.fork_workflow(
                run.id,
                1,
                application_version=module.MODULE.code,
                queue_name=_durable("queues").runs_queue(run.source),
            )
        return name

    def answer(self, run: KeptRun, name: str, answer: Any, key: str | None) -> bool:
        """Send an answer to a run; raise `ProjectError` for one that it does not take.

        Returns whether it was sent: one that was given before, and is the same, is not.
        """
        self._refuse_ended(run)
        module = self._module(run)
        if run.version != module.MODULE.code:
            raise ProjectError(
                f"run `{run.id}` is of version {run.version} of its code, and "
                f"{module.MODULE.code} is built here: answer it by the build that it was "
                "started with"
            )
        try:
            message = _durable("messages").message_for(
                module.CHAINS[run.chain], name, answer, key
            )
        except (LookupError, ValueError, TypeError) as error:
            raise ProjectError(str(error)) from error
        asked, taken = asked_so_far(self.outcomes(run.id))

        def send(connection: Any) -> None:
            self.client.send_in_transaction(connection, run.id, message, _TOPIC)

        return self.answers.give(run.id, message, asked, taken, send)

    def _refuse_ended(self, run: KeptRun) -> None:
        if run.has_ended:
            raise ProjectError(f"run `{run.id}` has ended: {run.status}")

    def _module(self, run: KeptRun) -> Any:
        """The built module of a run's chain."""
        specs = {spec.path: spec.module for spec in find_specs(self.config)}
        if run.source not in specs:
            raise ProjectError(f"the spec of run `{run.id}`, `{run.source}`, is gone")
        out = self.config.out.replace("/", ".")
        name = f"{out}.{specs[run.source].replace('/', '.')}"
        sys.path.insert(0, self.config.root)
        try:
            return importlib.import_module(name)
        except Exception as error:
            raise failed_import(f"`{name}`", error) from error
        finally:
            sys.path.remove(self.config.root)

    def _questions(self, run_id: str) -> Iterator[Mapping[str, Any]]:
        """Yield what a run waits for; of several answers, how many were `given` here."""
        outcomes = self.outcomes(run_id)
        _, taken = asked_so_far(outcomes)
        for question in _questions(outcomes):
            if question["count"] == 1:
                yield question
                continue
            name, key = question["signal"], question["key"]
            yield {**question, "given": self.answers.given(run_id, name, key, taken)}

    def _run(self, found: Any) -> KeptRun:
        source, _, chain = found.name.rpartition(":")
        given = (found.input or {}).get("args") or [{}]
        record = found.output if isinstance(found.output, dict) else None
        status = _STATES.get(found.status, "ended")
        questions: tuple[Mapping[str, Any], ...] = ()
        if record is not None:
            status = record["status"]
        elif status in ("running", "queued"):
            questions = tuple(self._questions(found.workflow_id))
            if questions:
                status = "waiting"
        return KeptRun(
            found.workflow_id,
            source,
            chain,
            status,
            found.app_version or "",
            _durable("executors").slot_of(found.executor_id or ""),
            (found.created_at or 0) / 1000,
            given[0].get("payload"),
            record,
            questions,
        )


def _questions(outcomes: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what steps wait for that have not ended, each with its step."""
    for place, began in outcomes.items():
        step = place.removesuffix(" began")
        if step != place and "asked" in began and step not in outcomes:
            until = began.get("until")
            yield {"step": step.rpartition(":")[0], "until": until, **began["asked"]}


def _durable(file: str) -> Any:
    """A file of the support for durable runs, which needs DBOS."""
    return importlib.import_module(f"n3gen.templates.runtime.durable.{file}")


@contextmanager
def kept_runs(config: Config) -> Iterator[KeptRuns]:
    """Open the database of runs; raise `ProjectError` where that cannot be done."""
    try:
        from dbos import DBOSClient
    except ImportError as error:
        raise ProjectError(
            "durable runs need DBOS: install it with `pip install 'n3gen[durable]'`"
        ) from error
    database = _durable("run_database").RunDatabase(config.absolute(config.runs))
    if not database.is_there():
        raise ProjectError(f"there are no runs yet: no file `{database.place}`")
    serializer = _durable("run_json").RunJson()
    # DBOS logs what is said here in a line.
    logging.getLogger("dbos").setLevel(logging.CRITICAL)
    try:
        engine = database.connections()
        client = DBOSClient(
            system_database_url=database.url,
            system_database_engine=engine if database.is_file else None,
            serializer=serializer,
            retry_connection_errors=False,
        )
    except Exception as error:
        raise ProjectError(_durable("run_database").not_opened(error)) from error
    try:
        is_gone = partial(_durable("executors").is_gone, database)
        yield KeptRuns(client, config, is_gone, GivenAnswers(engine))
    finally:
        client.destroy()
        engine.dispose()
