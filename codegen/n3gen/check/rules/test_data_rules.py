"""Rules of the data of tests."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.check.data_fits import Misfit
from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["MistakenMockKey", "UnfitMock"]


class MistakenMockKey(Rule):
    """A mock with a key that is none

    A mapping is a mock's `value`, `error`, `delay` and `times` where it has no other
    keys. With any other key all of it is the step's result, so that a slip in one of
    them has a test try out something else. A result with such keys goes under `value`.

    Wrong:

    ```ai
    chain greet:
        step visitor:
            kind: connector
            target: name_finder

    test fails of greet:
        mock:
            visitor: {error: timeout, time: 2, value: Ada}
    ```

    Right:

    ```ai
    chain greet:
        step visitor:
            kind: connector
            target: name_finder
            retry: 2

    test fails of greet:
        mock:
            visitor: {error: timeout, times: 2, value: Ada}
    ```
    """

    code = "N326"
    name = "mistaken-mock-key"
    severity = Severity.WARNING

    @classmethod
    def of(
        cls, key: str, label: Label, meant: str | None, known: Sequence[str]
    ) -> Diagnostic:
        listed = ", ".join(f"`{one}`" for one in known)
        return cls.diagnose(
            f"`{key}` is no key of a mock, so all of this is the step's result",
            label,
            help=f"the keys are {listed}; a result with others goes under `value`",
            meant=meant,
        )


class UnfitMock(Rule):
    """A mock that is not of the type of its step

    What stands for a call is read as the call's own result is: data that does not fit
    the `output` is a faulty answer, and the step fails. Where that is what a test tries
    out, it says so by `error: invalid_output`, or by the error that it expects.

    Wrong:

    ```ai
    type Visitor:
        name: str

    chain greet:
        step visitor:
            kind: connector
            target: name_finder
            output: Visitor

    test greets of greet:
        mock:
            visitor: {nmae: Ada}
    ```

    Right:

    ```ai
    type Visitor:
        name: str

    chain greet:
        step visitor:
            kind: connector
            target: name_finder
            output: Visitor

    test greets of greet:
        mock:
            visitor: {name: Ada}
    ```
    """

    code = "N328"
    name = "unfit-mock"
    severity = Severity.WARNING

    @classmethod
    def of(cls, step: str, misfit: Misfit, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the mock of `{step}` does not fit: {misfit.words}",
            label,
            help=f"{misfit.way_out}, or say `error: invalid_output`",
            meant=misfit.meant,
        )

    @classmethod
    def in_turn(
        cls, step: str, key: str, error: str, times: int, label: Label
    ) -> Diagnostic:
        """For `[{error: 503}, ok]`, meant as what one call after the other comes to."""
        return cls.diagnose(
            f"the mock of `{step}` is a list, which is one result: `{key}` in it is data",
            label,
            help=f"write `{{error: {error}, times: {times}, value: ...}}` for a failure "
            "that another try mends; a list of such data goes under `value`",
        )
