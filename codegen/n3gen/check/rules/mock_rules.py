"""Rules of `test` blocks: N320, N321, N325."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = [
    "NothingToMock",
    "RowWithoutRows",
    "UnknownTestedStep",
]


class UnknownTestedStep(Rule):
    """A test that names a step which its chain has not

    The keys of `mock` and of `expect.steps` are steps of the chain that the test
    runs: `classify`; in a loop, for one round of it, `docs[0].classify`; of a chain
    that the step `call` runs, `call.classify`. A name that is none would never
    stand for anything.

    Wrong:

    ```ai
    chain greet:
        step visitor:
            kind: connector
            target: name_finder

    test greets_by_name of greet:
        mock:
            visiter: Ada
        expect:
            result: Ada
    ```

    Right:

    ```ai
    chain greet:
        step visitor:
            kind: connector
            target: name_finder

    test greets_by_name of greet:
        mock:
            visitor: Ada
        expect:
            result: Ada
    ```
    """

    code = "N320"
    name = "unknown-tested-step"

    @classmethod
    def of(
        cls,
        name: str,
        chain: str,
        label: Label,
        meant: str | None,
        known: Sequence[str],
    ) -> Diagnostic:
        """`known` are names of the chain; `meant` is the one that was most likely meant."""
        listed = ", ".join(f"`{one}`" for one in known)
        return cls.diagnose(
            f"chain `{chain}` has no step `{name}`",
            label,
            help=f"it has {listed}",
            meant=meant,
        )

    @classmethod
    def loop(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is a loop, and a test is about its steps",
            label,
            help=f"name a step in it, such as `{name}.STEP` or `{name}[0].STEP`",
        )

    @classmethod
    def outside(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is not in the loops that the path names",
            label,
            help=f"`{name}` alone means the step, wherever it is",
        )

    @classmethod
    def no_chain(cls, name: str, label: Label) -> Diagnostic:
        """A path that goes on behind a step of another kind than `chain`."""
        return cls.diagnose(
            f"`{name}` would be a step of a chain, but what is before it runs no chain",
            label,
            help="only a path through a step of `kind: chain` goes on",
        )


class NothingToMock(Rule):
    """A mock of a step that calls nobody

    A mock stands for a call: to a model, a connector, a function, another chain, a
    server. A step of `kind: value` only computes, and its expression is a part of
    what the test is to try out, as is what `kind: state` does. Mock the steps that it
    reads, or say by `state` what a state is at first.

    Wrong:

    ```ai
    chain greet:
        step visitor:
            kind: connector
            target: name_finder
        step hello:
            value: "Hello {{ visitor }}"

    test greets_by_name of greet:
        mock:
            hello: "Hello Ada"
    ```

    Right:

    ```ai
    chain greet:
        step visitor:
            kind: connector
            target: name_finder
        step hello:
            value: "Hello {{ visitor }}"

    test greets_by_name of greet:
        mock:
            visitor: Ada
        expect:
            result: "Hello Ada"
    ```
    """

    code = "N321"
    name = "nothing-to-mock"

    @classmethod
    def of(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` computes a value, and there is no call to mock",
            label,
            help="mock the steps whose results it reads, or the `payload`",
        )

    @classmethod
    def sent(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` sends an item to a channel, and there is no call to mock",
            label,
            help="mock the steps whose results it sends",
        )

    @classmethod
    def state(cls, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` reads or changes a state, and there is no call to mock",
            label,
            help="say by `state:` of the test what the state is at first",
        )


class RowWithoutRows(Rule):
    """A text that reads `row` in a test without rows

    Only in a test with `rows` are the texts of `payload`, `env`, `send`, `state`, `mock`
    and `expect` templates, which each row fills in. In any other test they are data as
    they stand.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.name }}"

    test greets of greet:
        payload: {name: "{{ row.name }}"}
        expect: {result: "Hello {{ row.name }}"}
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ payload.name }}"

    test greets of greet:
        rows:
            - {name: Ada}
            - {name: Bob}
        payload: {name: "{{ row.name }}"}
        expect: {result: "Hello {{ row.name }}"}
    ```
    """

    code = "N325"
    name = "row-without-rows"
    severity = Severity.WARNING

    @classmethod
    def of(cls, test: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"test `{test}` has no `rows`, so this text is taken literally",
            label,
            help="add `rows:`, a file or a list of which each item makes a run",
        )
