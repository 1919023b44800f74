"""Rules of the payloads that chains are given by steps."""

from __future__ import annotations

from n3gen.check.data_fits import Misfit
from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.spec.values import boolean_meant

__all__ = ["UnfitPayload"]


def _way(wanted: str, value: object) -> str:
    """What to write where something has to be `wanted`, such as `a list` or `int`."""
    if wanted == "bool" and (meant := boolean_meant(value)):
        return f"write `{meant}`"
    is_said = wanted.startswith(("a ", "an "))
    return f"write {wanted}" if is_said else f"write a value of type `{wanted}`"


class UnfitPayload(Rule):
    """A payload that does not fit the chain it is given to

    A step of kind `chain` gives the chain that it runs a payload, or without one the
    payload of its own chain. Where that chain has an `input`, the payload has all of
    its fields without a default, no others, and values of their types. So it is with the
    payload of a test, unless the test expects an error.

    Wrong:

    ```ai
    chain summary:
        input:
            text: str
            words: int = 100
        step short:
            value: "{{ payload.text | truncate(payload.words) }}"

    chain report:
        step body:
            kind: chain
            target: summary
            payload: {txt: "{{ payload.body }}"}
    ```

    Right:

    ```ai
    chain summary:
        input:
            text: str
            words: int = 100
        step short:
            value: "{{ payload.text | truncate(payload.words) }}"

    chain report:
        step body:
            kind: chain
            target: summary
            payload: {text: "{{ payload.body }}", words: 50}
    ```
    """

    code = "N710"
    name = "unfit-payload"

    @classmethod
    def missing(
        cls, chain: str, field: str, label: Label, defined: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"chain `{chain}` needs `{field}`, which its payload here does not have",
            label,
            defined,
            help=f"add `{field}` to `payload`, or give it a default in `{chain}`",
        )

    @classmethod
    def unknown(
        cls, chain: str, field: str, label: Label, meant: str | None
    ) -> Diagnostic:
        return cls.diagnose(
            f"the input of chain `{chain}` has no field `{field}`",
            label,
            help=f"leave `{field}` out",
            meant=meant,
        )

    @classmethod
    def passed_on(cls, chain: str, field: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the input of chain `{chain}` has no field `{field}`, as the payload here has",
            label,
            help=f"write a `payload` with the fields of `{chain}`",
        )

    @classmethod
    def wrong(
        cls,
        chain: str,
        field: str,
        wanted: str,
        given: str,
        label: Label,
        value: object = None,
    ) -> Diagnostic:
        """`value` is what is written, where that is no template."""
        return cls.diagnose(
            f"`{field}` of chain `{chain}` is {wanted}, but this is {given}",
            label,
            help=_way(wanted, value),
        )

    @classmethod
    def within(cls, chain: str, field: str, misfit: Misfit, label: Label) -> Diagnostic:
        """What is wrong inside of the value of a field."""
        return cls.diagnose(
            f"`{field}` of chain `{chain}` does not fit: {misfit.words}",
            label,
            help=misfit.way_out,
            meant=misfit.meant,
        )
