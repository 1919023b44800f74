"""Answers that are given twice: the first holds, and the second is told so."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dbos import DBOSClient
from n3gen.project.errors import ProjectError
from n3gen.project.kept_answers import Asked, GivenAnswers, has_room
from n3gen.templates.runtime.durable.messages import TOPIC
from n3gen.templates.runtime.durable.run_json import RunJson
from sqlalchemy import create_engine, text

from tests.durable.test_ends import N3GEN, Project

pytestmark = pytest.mark.large

ASKS = """
    chain c:
        step agreed: {wait: approval, output: int}
        for rounds: n in [1, 2]:
            step said: {wait: word, key: "{{ n }}"}
        step all: {wait: vote, count: 2}
        result: "{{ agreed }} {{ rounds }} {{ all }}"
    """


class Asking(Project):
    """A project whose run waits while no process executes it."""

    def __init__(self, folder: Path, database: str, spec: str = ASKS) -> None:
        super().__init__(folder, spec)
        if "://" in database:
            self.environment["N3GEN_RUNS"] = database
        self.n3gen("build")

    def live_until(self, question: str) -> None:
        """Execute the run until it asks something, then kill its process."""
        self.live_until_it_says('"step_waiting"', f'"signal": "{question}"')

    def live_until_it_says(self, *words: str) -> None:
        """Execute the run until a line has some words, then kill its process."""
        process = subprocess.Popen(
            [sys.executable, "generated/x.py", "c", "--run-id", "r", "--events"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        late = threading.Timer(60, process.kill)
        late.start()
        said = any(all(word in line for word in words) for line in process.stdout)
        late.cancel()
        process.kill()
        process.communicate()
        assert said

    def answer(self, *arguments: str, code: int = 0) -> str:
        return self.n3gen("runs", "answer", "r", *arguments, code=code)


def test_of_two_answers_the_first_holds(database: str, tmp_path: Path) -> None:
    project = Asking(tmp_path, database)
    project.live_until("approval")
    assert "answered 'approval'" in project.answer("approval", "1")
    assert "has this answer already" in project.answer("approval", "1")
    told = project.answer("approval", "2", code=2)
    assert "run `r` has an answer to 'approval' already" in told
    assert "the first holds: 1" in told
    # What is asked later may be answered before, once.
    early = project.answer("word", '"early"', "--key", "1")
    assert early == "kept for r, which does not wait for 'word' under the key '1' yet\n"
    assert "the first holds" in project.answer("word", '"x"', "--key", "1", code=2)
    project.answer("word", '"late"', "--key", "2")
    project.live_until("vote")
    # The first question has gone, and a late answer is not for another one.
    assert "does not ask for it now" in project.answer("approval", "3", code=2)
    assert "the first holds" in project.answer("word", '"x"', "--key", "1", code=2)


def test_rounds_and_counts_take_as_many_answers_as_they_ask_for(
    tmp_path: Path,
) -> None:
    project = Asking(tmp_path, "runs.db")
    project.live_until("approval")
    project.answer("approval", "7")
    project.answer("word", '"a"', "--key", "1")
    project.answer("word", '"b"', "--key", "2")
    project.live_until("vote")
    shown = project.n3gen("runs", "show", "r")
    assert "all waits: an answer (0 of 2 answers given)" in shown
    project.answer("vote", "1")
    shown = project.n3gen("runs", "show", "r")
    assert "all waits: an answer (1 of 2 answers given)" in shown
    project.answer("vote", "1")
    assert "the first holds" in project.answer("vote", "0", code=2)
    assert project.run("r")["result"] == "7 ['a', 'b'] [1, 1]"
    assert "has ended: ok" in project.answer("vote", "0", code=2)


def test_each_open_question_is_shown_with_the_command_that_answers_it(
    tmp_path: Path,
) -> None:
    keyed = """
        chain c:
            for rounds: who in ["ann", "b c"] parallel:
                step said: {wait: word, key: "{{ who }}"}
            result: "{{ rounds }}"
        """
    project = Asking(tmp_path, "runs.db", keyed)
    for key in ("ann", "b c"):
        project.live_until_it_says('"step_waiting"', f'"key": "{key}"')
    shown = project.n3gen("runs", "show", "r")
    assert "    n3gen runs answer r word ANSWER --key ann\n" in shown
    assert "    n3gen runs answer r word ANSWER --key 'b c'\n" in shown
    assert project.answer("word", "1", "--key", "ann") == "answered 'word' of r\n"
    with subprocess.Popen(
        [N3GEN, "run", "chains/x.ai", "--run-id", "r"],
        cwd=tmp_path,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        way = "waits for an answer: n3gen runs answer r word ANSWER --key 'b c'\n"
        assert next(line for line in process.stderr if line.endswith(way))
        project.answer("word", "2", "--key", "b c")
        assert json.loads(process.stdout.read()) == [1, 2]


def test_one_of_many_that_make_the_table_at_once_is_the_first(
    address: str, tmp_path: Path
) -> None:
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    together = threading.Barrier(8)

    def give(number: int) -> bool:
        message = {"name": "approval", "key": None, "answer": number, "id": f"{number}"}
        together.wait()
        try:
            return GivenAnswers(engine).give("r", message, [], (), lambda _: None)
        except ProjectError:
            return False

    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert sum(pool.map(give, range(8))) == 1
            with engine.begin() as connection:
                connection.execute(text("DROP TABLE n3gen_answers"))
    engine.dispose()


def test_of_two_answers_at_once_one_is_the_first(database: str, tmp_path: Path) -> None:
    project = Asking(tmp_path, database)
    project.live_until("approval")
    both = [
        subprocess.Popen(
            [N3GEN, "runs", "answer", "r", "approval", answer],
            cwd=tmp_path,
            env=project.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for answer in ("1", "2")
    ]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], said
    first = [process.returncode for process in both].index(0) + 1
    project.answer("word", '"a"', "--key", "1")
    project.live_until("word")
    shown = project.n3gen("runs", "show", "r", "--output-format", "json")
    assert f'"result": {first}' in shown


@pytest.mark.parametrize(
    ("asked", "under_way", "key", "wanted"),
    [
        # Before anything is asked, one may come early for a key; one without a key may
        # be for any.
        ([], [], "a", True),
        ([], ["a"], "a", False),
        ([], ["a"], "b", True),
        ([], ["a"], None, False),
        ([], [""], "a", False),
        # An answer without a key goes to the first question that has none.
        ([("a", True)], [""], "a", False),
        ([("a", True)], ["a"], None, False),
        ([("a", True), ("b", True)], [""], "b", True),
        ([("a", True), ("b", True)], [""], "a", False),
        ([("a", True), ("b", True)], ["a", ""], "b", False),
        ([("a", True), ("b", True)], ["b"], None, True),
        # What has been answered takes no more.
        ([("a", False)], [], "a", False),
        ([("a", False)], [], None, False),
        ([("a", False)], [], "b", True),
        ([("a", False), ("a", True)], [], "a", True),
        ([("a", False), ("a", True)], [""], "a", False),
    ],
)
def test_an_answer_goes_to_a_question_that_has_none(
    asked: list[tuple[str, bool]], under_way: list[str], key: str | None, wanted: bool
) -> None:
    questions = [Asked("approval", own, 1, is_open) for own, is_open in asked]
    assert has_room(questions, under_way, key) is wanted


TWICE = """
    chain c:
        step who: {value: Ada}
        step first: {wait: approval, key: "{{ who }}"}
        step second: {wait: approval, key: "{{ who }}"}
        result: ["{{ first }}", "{{ second }}"]
    """


def test_an_answer_with_a_key_is_second_to_one_without(tmp_path: Path) -> None:
    project = Asking(tmp_path, "runs.db", TWICE)
    project.live_until("approval")
    project.answer("approval", "false")
    told = project.answer("approval", "true", "--key", "Ada", code=2)
    assert "the first holds: false" in told


TYPED = """
    type Decision:
        approved: bool
    chain c:
        step agreed: {wait: approval, output: Decision}
        result: "{{ agreed.approved }}"
    """


def test_a_run_is_answered_by_the_build_that_it_was_started_with(
    tmp_path: Path,
) -> None:
    project = Asking(tmp_path, "runs.db", TYPED)
    project.live_until("approval")
    project.write(TYPED.replace("approved", "agrees").replace("chain c", "chain d"))
    project.n3gen("build")
    told = project.answer("approval", '{"agrees": true}', code=2)
    assert "run `r` is of version" in told
    shown = project.n3gen("runs", "show", "r")
    assert "it is of other code than is built here" in shown
    assert "--run-id" not in shown
    project.write(TYPED)
    project.n3gen("build")
    assert "--run-id r" in project.n3gen("runs", "show", "r")
    project.answer("approval", '{"approved": true}')
    assert project.run("r")["result"] is True


def test_an_answer_that_is_dropped_leaves_its_question_open(tmp_path: Path) -> None:
    project = Asking(tmp_path, "runs.db", TYPED)
    project.live_until("approval")
    engine = create_engine(f"sqlite:///{tmp_path / 'runs.db'}")
    client = DBOSClient(
        system_database_url=f"sqlite:///{tmp_path / 'runs.db'}", serializer=RunJson()
    )
    message = {"id": "m", "name": "approval", "key": None, "answer": {"agrees": True}}

    def send(connection: object) -> None:
        client.send_in_transaction(connection, "r", message, TOPIC)

    assert GivenAnswers(engine).give("r", message, [], (), send)
    client.destroy()
    engine.dispose()
    assert "has an answer" in project.answer("approval", '{"approved": true}', code=2)
    project.live_until_it_says("is dropped")
    assert '"question"' in project.n3gen("runs", "show", "r", "--output-format", "json")
    project.answer("approval", '{"approved": true}')
    assert project.run("r")["result"] is True
