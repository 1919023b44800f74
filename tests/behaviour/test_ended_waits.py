"""`depends_on: {ended: ...}` of what had to wait before it began, on a virtual clock.

What has only waited for its join or for a value has not begun: nothing follows its end.
"""

from __future__ import annotations

import pytest

from tests.behaviour.test_background import ran
from tests.behaviour.test_flow import starts, statuses


@pytest.mark.parametrize("parallel", [True, False])
def test_a_step_whose_join_fails_was_never_started(parallel: bool) -> None:
    record = ran(
        """
        chain c:
            schedule: dag
            step a:
                target: fails
                options: {seconds: 2}
            step b:
                target: fails
                options: {seconds: 3}
            step joined:
                target: slow
                depends_on: {any: [a, b]}
            step tidy:
                target: slow
                depends_on: {ended: [joined]}
        """,
        parallel=parallel,
    )
    assert "Step 'joined' failed in `depends_on`" in record["error"]
    assert statuses(record) == {"a": "error", "b": "error"}


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("entry", ["step", "block"])
def test_what_waits_for_a_value_was_not_started(entry: str, parallel: bool) -> None:
    step = """
            step use:
                target: slow
                options: {give: "{{ behind }}"}"""
    block = """
            for use: item in behind:
                step inner: {target: slow}"""
    record = ran(
        f"""
        chain c:
            step behind:
                target: fails
                background: true
                options: {{seconds: 5}}
            {(step if entry == "step" else block).strip()}
            step tidy:
                target: slow
                depends_on: {{ended: [use]}}
        """,
        parallel=parallel,
    )
    assert "Step 'behind' failed" in record["error"]
    assert statuses(record) == {"behind": "error"}


@pytest.mark.parametrize("parallel", [True, False])
def test_what_has_waited_and_begun_is_followed(parallel: bool) -> None:
    record = ran(
        """
        chain c:
            step behind:
                target: slow
                background: true
                options: {seconds: 5}
            step use:
                target: fails
                options: {give: "{{ behind }}"}
            step tidy:
                target: slow
                depends_on: {ended: [use]}
                options: {give: "{{ use | default('nothing') }}"}
        """,
        parallel=parallel,
    )
    assert "Step 'use' failed" in record["error"]
    assert starts(record) == {"behind": 0, "use": 5, "tidy": 6}


@pytest.mark.parametrize("parallel", [True, False])
def test_what_waits_for_the_end_itself_runs_where_the_join_fails(
    parallel: bool,
) -> None:
    record = ran(
        """
        chain c:
            step a:
                target: fails
                parallel: true
                options: {seconds: 4}
            step tidy:
                target: slow
                depends_on: {ended: [a]}
                options: {give: "{{ a | default('nothing') }}"}
            step joined:
                target: slow
                depends_on: {any: [a]}
        """,
        parallel=parallel,
    )
    assert "Step 'joined' failed in `depends_on`" in record["error"]
    assert starts(record) == {"a": 0, "tidy": 4}
    assert statuses(record)["tidy"] == "ok"
