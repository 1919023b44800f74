"""Rules of named limits."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = [
    "CircularLimit",
    "HeldTwice",
    "IdlePriority",
    "NeverFits",
    "NeverReached",
    "ReservedLimit",
]


class NeverFits(Rule):
    """A step that needs more permits than a limit has

    All permits of a step are taken at once, so that one which needs more of a limit
    than there are could never start. A permit of a limit takes one of the limit that
    it is `within` too.

    Wrong:

    ```ai
    limit db: 4

    chain report:
        step read:
            kind: python
            target: app.reports:read
            limit: {db: 5}
    ```

    Right:

    ```ai
    limit db: 8

    chain report:
        step read:
            kind: python
            target: app.reports:read
            limit: {db: 5}
    ```
    """

    code = "N605"
    name = "never-fits"

    @classmethod
    def of(
        cls, limit: str, needed: int, permits: int, label: Label, defined: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"this needs {needed} permits of the limit `{limit}`, which has {permits}",
            label,
            defined,
            help=f"take at most {permits}, or raise the limit",
        )


class CircularLimit(Rule):
    """Limits that are within each other

    A permit of a limit takes one of the limit that it is `within`, and so on outwards:
    somewhere that has to end.

    Wrong:

    ```ai
    limit db: 30 within flow
    limit flow: 14 within db

    chain report:
        step read:
            kind: python
            target: app.reports:read
            limit: flow
    ```

    Right:

    ```ai
    limit db: 30
    limit flow: 14 within db

    chain report:
        step read:
            kind: python
            target: app.reports:read
            limit: flow
    ```
    """

    code = "N606"
    name = "circular-limit"

    @classmethod
    def of(cls, way: Sequence[str], label: Label) -> Diagnostic:
        """`way` are the limits from the first one round to itself."""
        if len(way) == 2:
            message = f"the limit `{way[0]}` is within itself"
        else:
            message = f"limits are within each other: {' within '.join(way)}"
        return cls.diagnose(message, label, help="remove one `within`")


class HeldTwice(Rule):
    """A step that waits for permits of a limit which its caller holds

    A `chain` step with a `limit` holds its permits until the other chain has ended, and
    a stage with a body until that has. A step in there that needs permits of the same
    limit, or of one around it, waits while callers hold them all: as many runs as there
    are permits, each holding one, wait for each other forever. So it is with `llm`
    around calls of models.

    Wrong:

    ```ai
    limit printer: 2

    chain page:
        step ink:
            kind: python
            target: app.printing:ink
            limit: printer

    chain book:
        step pages:
            kind: chain
            target: page
            limit: printer
    ```

    Right:

    ```ai
    limit printer: 2

    chain page:
        step ink:
            kind: python
            target: app.printing:ink
            limit: printer

    chain book:
        step pages:
            kind: chain
            target: page
    ```
    """

    code = "N607"
    name = "held-twice"

    @classmethod
    def of(cls, limit: str, inner: str, label: Label, needed: Label) -> Diagnostic:
        return cls.diagnose(
            f"this holds permits of the limit `{limit}` while step `{inner}`, which it "
            "runs, waits for more of them",
            label,
            needed,
            help="remove the limit from one of the two, or name another one here",
        )


class IdlePriority(Rule):
    """A priority of a step that never waits

    `priority` orders the steps that wait for permits. A step that needs none is in no
    queue.

    Wrong:

    ```ai
    chain report:
        step read:
            kind: python
            target: app.reports:read
            priority: 10
    ```

    Right:

    ```ai
    limit db: 4

    chain report:
        step read:
            kind: python
            target: app.reports:read
            limit: db
            priority: 10
    ```
    """

    code = "N608"
    name = "idle-priority"
    severity = Severity.WARNING

    @classmethod
    def of(cls, step: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"step `{step}` waits for no permit, so that its priority does nothing",
            label,
            help="give it a `limit`, or remove the priority",
        )


class NeverReached(Rule):
    """A limit with more permits than the one around it

    A permit of a limit takes one of the limit that it is `within` too. So where that
    has fewer, it alone bounds what runs, and the number of the inner one says what
    never comes to bear.

    Wrong:

    ```ai
    limit db: 3
    limit reports: 4 within db

    chain report:
        step read:
            kind: python
            target: app.reports:read
            limit: reports
    ```

    Right:

    ```ai
    limit db: 30
    limit reports: 4 within db

    chain report:
        step read:
            kind: python
            target: app.reports:read
            limit: reports
    ```
    """

    code = "N610"
    name = "never-reached-limit"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, inner: tuple[str, int], outer: tuple[str, int], label: Label, around: Label
    ) -> Diagnostic:
        """`inner` and `outer` are the limits, each with its permits."""
        (name, permits), (outer_name, most) = inner, outer
        return cls.diagnose(
            f"the limit `{name}` has {permits} permits, but no more than the {most} of "
            f"`{outer_name}`, which it is within, are ever held",
            label,
            around,
            help=f"lower it to {most} or fewer, or raise `{outer_name}`",
        )


class ReservedLimit(Rule):
    """A limit that is named as, or within, the one on model calls

    `llm` is the limit on all model calls of an event loop. It has as many permits as
    `MAX_CONCURRENT_LLM_CALLS` says, and steps of any kind may take some of it. No
    other limit can be within it: a step that needs both takes `limit: [a, llm]`.

    Wrong:

    ```ai
    limit llm: 5

    chain report:
        step read:
            kind: python
            target: app.reports:read
            limit: llm
    ```

    Right:

    ```ai
    chain report:
        step read:
            kind: python
            target: app.reports:read
            limit: llm
    ```
    """

    code = "N323"
    name = "reserved-limit"

    @classmethod
    def of(cls, name: str, label: Label) -> Diagnostic:
        way_out = "give it another name"
        if name == "llm":
            way_out += (
                ", or set `MAX_CONCURRENT_LLM_CALLS` for the limit on model calls"
            )
            message = "`llm` is the limit on model calls, which nothing defines"
        else:
            message = "`none` means no limit at all"
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def around(cls, name: str, label: Label) -> Diagnostic:
        """`name` is the limit that is to be within `llm`."""
        return cls.diagnose(
            "nothing can be within `llm`, the limit on model calls",
            label,
            help=f"take it as a second limit of the step: `limit: [{name}, llm]`",
        )
