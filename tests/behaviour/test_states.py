"""States: what steps read and change, whose cells these are, and how long they live."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import pytest
from n3gen.compiler import Options
from n3gen.templates.runtime.run.inputs import INT
from n3gen.templates.runtime.state.cells import ProcessState

from tests.building import build, built_in, process_is_fresh
from tests.clock import run

COUNT = """
    state total: int = 0
        scope: SCOPE
    chain count:
        for n in payload.numbers parallel 10:
            step pause:
                wait: 1ms
            step add:
                state: total
                update: "{{ value + n }}"
        step seen:
            state: total
        result: "{{ seen }}"
    """

COUNT_YAML = """
    states:
      total: {type: int = 0, scope: SCOPE}
    chain: count
    steps:
      - for: n
        in: payload.numbers
        parallel: 10
        steps:
          - {name: pause, wait: 1ms}
          - {name: add, kind: state, target: total, update: "{{ value + n }}"}
      - {name: seen, state: total}
    result: "{{ seen }}"
    """


@pytest.fixture(autouse=True)
def fixture_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("N3GEN_STATE", raising=False)
    with process_is_fresh():
        yield


def ran(module: Any, name: str, payload: Any = None, **options: Any) -> dict[str, Any]:
    async def main() -> Any:
        try:
            return await module.run_chain(name, payload, **options)
        finally:
            await module.aclose()

    record: dict[str, Any] = run(main())
    return record


def result(module: Any, name: str, payload: Any = None, **options: Any) -> Any:
    record = ran(module, name, payload, **options)
    assert record["error"] is None
    return record["result"]


@pytest.mark.parametrize(
    ("scope", "second"), [("run", 10), ("process", 20), ("stored", 20)]
)
@pytest.mark.parametrize(
    ("text", "path"), [(COUNT, "specs/x.ai"), (COUNT_YAML, "specs/x.yaml")]
)
def test_parallel_rounds_count_together(
    text: str, path: str, scope: str, second: int
) -> None:
    module = build(text.replace("SCOPE", scope), path)
    payload = {"numbers": [1] * 10}
    assert result(module, "count", payload) == 10
    assert result(module, "count", payload) == second


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("scope", ["process", "stored"])
def test_both_layouts(
    layout: Literal["standalone", "shared"], scope: str, tmp_path: Path
) -> None:
    text = COUNT.replace("SCOPE", scope)
    with built_in(layout, text, tmp_path) as module:
        assert result(module, "count", {"numbers": [1, 2]}) == 3
        assert result(module, "count", {"numbers": [1, 2]}) == 6


CHANGES = """
    type Profile:
        name: str
        visits: int = 0

    state known: dict
        scope: SCOPE
    state recent: list[int]
        scope: SCOPE
        keep: 3
    state profile: Profile?
        scope: SCOPE

    chain entries:
        step put:
            state: known
            key: ada
            set: {n: 1}
        step more:
            state: known
            key: ada
            merge: {m: 2}
        step list:
            state: known
            key: seen
            append: a
        step both:
            state: known
            merge: {c: 3}
        step gone:
            state: known
            key: c
            delete: true
        step missing:
            state: known
            key: nobody
        step all:
            state: known
        result: ["{{ put }}", "{{ more }}", "{{ list }}", "{{ both }}", "{{ gone }}", "{{ missing }}", "{{ all }}"]

    chain lists:
        for n in [1, 2, 3, 4, 5]:
            step add:
                state: recent
                append: "{{ n }}"
        step before:
            value: "{{ state.recent }}"
        step reset:
            state: recent
            delete: true
        result: ["{{ before }}", "{{ reset }}", "{{ state.recent }}"]

    chain typed:
        step begin:
            state: profile
            set: {name: "Ada"}
        step visit:
            state: profile
            merge: {visits: "{{ begin.visits + 1 }}"}
        result: "{{ state.profile.name }} {{ visit.visits }}"
    """


@pytest.mark.parametrize("scope", ["run", "process", "stored"])
def test_all_changes(scope: str) -> None:
    module = build(CHANGES.replace("SCOPE", scope))
    full = {"ada": {"n": 1, "m": 2}, "seen": ["a"]}
    assert result(module, "entries") == [
        *({"n": 1}, {"n": 1, "m": 2}, ["a"]),
        *({**full, "c": 3}, None, None, full),
    ]
    assert result(module, "lists") == [[3, 4, 5], [], []]
    assert result(module, "typed") == "Ada 1"


@pytest.mark.parametrize("scope", ["run", "process", "stored"])
def test_a_value_of_another_type_changes_nothing(scope: str) -> None:
    module = build(f"""
        state total: int = 7
            scope: {scope}
        chain c:
            step wrong:
                state: total
                set: "{{{{ payload }}}}"
                on_error: continue
            result: ["{{{{ wrong.message }}}}", "{{{{ state.total }}}}"]
        """)
    message, total = result(module, "c", "many")
    assert message == "StateError: state `total` must be int, not str: 'many'"
    assert total == 7


@pytest.mark.parametrize("scope", ["run", "process", "stored"])
def test_an_update_that_fails_names_its_field_and_changes_nothing(scope: str) -> None:
    module = build(f"""
        state known: dict
            scope: {scope}
        chain c:
            step wrong:
                state: known
                update: "{{{{ value.nothing }}}}"
        """)
    record = ran(module, "c")
    assert record["status"] == "error"
    assert "failed in `update`: MissingValue: `value.nothing` is missing" in str(
        record["error"]
    )
    assert record["error"].endswith("(specs/x.ai:7)")


BY = """
    state visits: int = 0
        scope: SCOPE
        by: payload.user
    chain visit:
        step count:
            state: visits
            update: "{{ value + 1 }}"
        result: "{{ state.visits }}"
    """


@pytest.mark.parametrize(
    ("scope", "third"), [("run", 1), ("process", 2), ("stored", 2)]
)
def test_a_cell_for_each_user(scope: str, third: int) -> None:
    module = build(BY.replace("SCOPE", scope))
    assert result(module, "visit", {"user": "ada"}) == 1
    assert result(module, "visit", {"user": {"id": 1}}) == 1
    assert result(module, "visit", {"user": "ada"}) == third


@pytest.mark.parametrize("scope", ["run", "process", "stored"])
@pytest.mark.parametrize("payload", [{"user": None}, {}])
def test_no_user_has_no_cell(scope: str, payload: dict[str, Any]) -> None:
    module = build(BY.replace("SCOPE", scope))
    record = ran(module, "visit", payload)
    assert record["status"] == "error"
    told = "which is none" if payload else "`payload.user` is missing"
    assert told in record["error"]


def test_a_chain_that_is_called_shares_the_cells_of_its_run() -> None:
    module = build("""
        state total: int = 0
        chain inner:
            step add:
                state: total
                update: "{{ value + 1 }}"
        chain outer:
            step first: {kind: chain, target: inner}
            step second: {kind: chain, target: inner}
            result: "{{ state.total }}"
        """)
    assert result(module, "outer") == 2
    assert result(module, "outer") == 2


def test_a_step_reads_a_state_once_and_a_block_where_it_stands() -> None:
    module = build("""
        state n: int = 1
        chain c:
            step twice:
                value: "{{ state.n }} and {{ state.n }}"
            while rounds: state.n < 4 max 9:
                step add:
                    state: n
                    update: "{{ value + 1 }}"
            if asked: state.n == 4:
                step yes:
                    value: "four"
            result: ["{{ twice }}", "{{ state.n }}", "{{ asked }}"]
        """)
    assert result(module, "c") == ["1 and 1", 4, "four"]


def test_stored_states_are_read_in_loops_of_templates() -> None:
    module = build("""
        state names: list[str]
            scope: stored
        chain c:
            step put:
                state: names
                set: [a, b]
            result: "{% for x in state.names %}{{ x }}{{ state.names | length }} {% endfor %}{{ state.names | map('upper') | join(',') }}"
        """)
    assert result(module, "c") == "a2 b2 A,B"


def test_two_files_with_one_name_have_two_states() -> None:
    first, second = build(COUNT.replace("SCOPE", "stored")), build(
        COUNT.replace("SCOPE", "stored"), "specs/y.ai"
    )
    assert result(first, "count", {"numbers": [5]}) == 5
    assert result(second, "count", {"numbers": [1]}) == 1


def test_a_used_file_shares_its_state() -> None:
    shared = {"specs/shared.ai": "state total: int = 0\n    scope: process\n"}
    text = """
        use shared
        chain c:
            step add:
                state: total
                update: "{{ value + 1 }}"
        """
    modules = [
        build(text, path, others=shared) for path in ("specs/a.ai", "specs/b.ai")
    ]
    assert [result(module, "c") for module in modules] == [1, 2]


def test_threads_count_together() -> None:
    module = build(COUNT.replace("SCOPE", "process"))

    def work() -> None:
        for _ in range(20):
            module.run_chain_sync("count", {"numbers": [1] * 10}, parallel=False)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert result(module, "count", {"numbers": []}) == 800


def test_what_changes_is_not_deleted_meanwhile() -> None:
    state = ProcessState("spec.ai:changed_and_deleted", INT, 0)
    anyone: Any = None  # as a state of the process asks no run
    deleting = threading.Thread(target=state.delete, args=(anyone,))

    def change(value: int) -> int:
        deleting.start()
        deleting.join(0.05)
        assert deleting.is_alive(), "it waits for the change"
        return value + 1

    assert state.change(anyone, change) == 1
    deleting.join()
    assert state.read(anyone) == 0


def test_a_run_that_is_resumed_makes_the_changes_of_its_own_state_again() -> None:
    module = build("""
        state total: int = 0
        state lasting: int = 0
            scope: process
        chain c:
            step add:
                state: total
                update: "{{ value + 1 }}"
            step note:
                state: lasting
                update: "{{ value + 1 }}"
            step call:
                target: call
            result: ["{{ state.total }}", "{{ state.lasting }}"]
        """)
    failed = ran(module, "c", connectors={"call": lambda ctx: 1 / 0})
    assert failed["status"] == "error"
    resumed = ran(module, "c", connectors={"call": lambda ctx: "ok"}, resume=failed)
    assert resumed["result"] == [1, 1]
    kept = [step["name"] for step in resumed["steps"] if step.get("kept")]
    assert kept == ["note"]


def test_an_answer_out_of_a_cache_depends_on_the_state_it_reads() -> None:
    module = build("""
        state n: int = 0
        chain c:
            for i in [1, 2]:
                step add:
                    state: n
                    update: "{{ value + 1 }}"
                step call:
                    target: call
                    options: {n: "{{ state.n }}"}
                    cache: 1h
                step again:
                    target: call
                    options: {n: "{{ state.n }}"}
                    cache: 1h
            result: "{{ state.n }}"
        """)
    calls: list[int] = []
    given = {"call": lambda ctx: calls.append(ctx.options["n"]) or ctx.options["n"]}
    assert result(module, "c", connectors=given) == 2
    assert calls == [1, 1, 2, 2]


def test_a_cancelled_change_that_waits_for_the_file_is_not_made(tmp_path: Path) -> None:
    import sqlite3

    module = build("""
        state total: int = 0
            scope: stored
        chain first:
            step make:
                state: total
                set: 1
        chain late:
            step add:
                state: total
                update: "{{ value + 1 }}"
                timeout: 50ms
        """)

    async def main() -> tuple[Any, Any]:
        await module.run_chain("first")
        other = sqlite3.connect("n3gen_state.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        late = await module.run_chain("late")
        other.execute("COMMIT")
        other.close()
        record = await module.run_chain("first", timeout=30)
        await module.aclose()
        return late, record

    late, record = asyncio.run(main())
    assert late["status"] == "error"
    assert late["steps"][0]["status"] == "timeout"
    assert record["status"] == "ok"
    with closing(sqlite3.connect("n3gen_state.db")) as connection:
        (row,) = connection.execute("SELECT value FROM n3gen_state")
    assert row == ("1",)


def test_a_file_that_cannot_be_used_is_a_failure_of_connection(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("no folder")
    options = Options(state="blocked/state.db")
    module = build(
        """
        state total: int = 0
            scope: stored
        chain c:
            step add:
                state: total
                update: "{{ value + 1 }}"
            on_error [connection] as error:
                step told: {value: "{{ error.message }}"}
        """,
        options=options,
    )
    assert "the state file `blocked/state.db` cannot be used" in result(module, "c")


def test_what_is_stored_and_no_longer_fits_is_an_error() -> None:
    text = BY.replace("SCOPE", "stored").replace("by: payload.user", "keep: 1")
    old = build("""
        state visits: str = ""
            scope: stored
        chain visit:
            step put: {state: visits, set: "many"}
        """)
    result(old, "visit")
    new = build(
        text.replace("            keep: 1\n", "").replace("        keep: 1\n", "")
    )
    record = ran(new, "visit")
    assert "what is stored does not fit: state `visits` must be int" in record["error"]


def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("N3GEN_STATE", "folder/other.db")
    module = build(COUNT.replace("SCOPE", "stored"))
    assert result(module, "count", {"numbers": [2]}) == 2
    assert Path("folder/other.db").exists()
    assert not Path("n3gen_state.db").exists()


def test_fields_of_a_stored_state_are_read_where_they_stand() -> None:
    module = build("""
        type Profile:
            name: str
            tags: list[str] = []
        state profile: Profile?
            scope: stored
        state person: dict
            scope: stored
        chain c:
            step put:
                state: profile
                set: {name: Ada, tags: [a, b]}
            step also:
                state: person
                set: {name: Bob}
            if asked: state.profile.tags[0] == "a" and not state.person.nobody | default(false)
                step yes:
                    value: "yes"
            result: "{{ state.profile.name | upper }} {{ state.person.name }} {{ state.profile.tags | length + 1 }} {{ asked }}"
        """.replace("default(false)\n", "default(false):\n"))
    assert result(module, "c") == "ADA Bob 3 yes"
