"""Rules of names that expressions read: N313, N405, N406."""

from __future__ import annotations

from typing import NamedTuple

from n3gen.diagnostics import Diagnostic, Fix, Label, Rule

__all__ = [
    "ReadsLaterStep",
    "ReadsParallelStep",
    "UnknownReference",
    "Way",
]


class Way(NamedTuple):
    """A hint in words, and the edits that follow it where there are any."""

    words: str
    fix: Fix | None = None


class UnknownReference(Rule):
    """A name in an expression that nothing has

    Expressions read `payload`, the results of steps and of named blocks by their
    names, the variables of the `for` blocks and the errors of the `on_error` clauses
    around them, `env.NAME` and `run.id`;
    those of a step read its `options` too. The prompt of a connector reads what
    the step that calls it passes: `payload` and `options`.

    Wrong:

    ```ai
    chain greet:
        step visitor:
            kind: connector
            target: name_finder
        step hello:
            value: "Hello {{ visiter }}"
    ```

    Right:

    ```ai
    chain greet:
        step visitor:
            kind: connector
            target: name_finder
        step hello:
            value: "Hello {{ visitor }}"
    ```
    """

    code = "N313"
    name = "unknown-reference"

    @classmethod
    def of(
        cls,
        name: str,
        label: Label,
        meant: tuple[str, Label | None] | None,
        way: str,
        fix: Fix | None = None,
    ) -> Diagnostic:
        """`meant` is the name that was most likely meant, and its place if it has one."""
        others = [meant[1]] if meant and meant[1] else []
        return cls.diagnose(
            f"nothing is called `{name}` here",
            label,
            *others,
            help=way,
            meant=meant[0] if meant else None,
            fix=fix,
        )

    @classmethod
    def dashed(cls, whole: str, label: Label, way_out: str) -> Diagnostic:
        """For `my-step`, which is one value minus another."""
        return cls.diagnose(
            f"the `-` in `{whole}` subtracts, and there is nothing to subtract",
            label,
            help=way_out,
        )

    @classmethod
    def variable(cls, name: str, label: Label, loop: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` is the variable of a `for`, and known only inside of it",
            label,
            loop,
            help="give the block a name: its value is the list of the results of its rounds",
        )

    @classmethod
    def error(cls, name: str, label: Label, clause: Label) -> Diagnostic:
        """The error's record of a clause, outside of it."""
        return cls.diagnose(
            f"`{name}` is the error of an `on_error` clause, and known only inside of it",
            label,
            clause,
            help="let the value of the clause have what is read of it",
        )

    @classmethod
    def parameter(
        cls, names: tuple[str, str], label: Label, place: Label, way: str
    ) -> Diagnostic:
        """A parameter of a stage, outside of it; `names` are those of the two."""
        name, stage = names
        return cls.diagnose(
            f"`{name}` is a parameter of stage `{stage}`, and known only inside of it",
            label,
            place,
            help=way,
        )

    @classmethod
    def options(cls, label: Label, why: str) -> Diagnostic:
        return cls.diagnose(
            f"`options` cannot be read here: {why}",
            label,
            help="read `payload`, or the result of a step",
        )

    @classmethod
    def step(
        cls, name: str, label: Label, meant: tuple[str, Label | None] | None
    ) -> Diagnostic:
        """The name stands behind `steps.`, so that only a step can be meant."""
        others = [meant[1]] if meant and meant[1] else []
        near = meant[0] if meant else None
        return cls.diagnose(f"no step is called `{name}`", label, *others, meant=near)

    @classmethod
    def connector(
        cls, name: str, connector: str, label: Label, meant: str | None
    ) -> Diagnostic:
        own = name.rpartition(".")[2]
        way = f"pass it in the `options` of the step, and read `options.{own}`"
        return cls.diagnose(
            f"connector `{connector}` reads `{name}`, but knows only `payload` and `options`",
            label,
            help=way,
            meant=meant,
        )

    @classmethod
    def connection(
        cls,
        name: str,
        key: str,
        label: Label,
        known: tuple[str, ...],
        meant: str | None,
    ) -> Diagnostic:
        """`key` is that of the connection's text: `body` or `answer`."""
        listed = ", ".join(f"`{word}`" for word in known)
        own = name.rpartition(".")[2]
        way = f"pass it in the `options` of the call, and read `options.{own}`"
        if key == "answer":
            way = "`body` is the response, as plain data"
        return cls.diagnose(
            f"the `{key}` of a connection reads `{name}`, but knows only {listed}",
            label,
            help=way,
            meant=meant,
        )


class ReadsLaterStep(Rule):
    """An expression that reads a result before it is there

    The step that it reads runs later, or is the step itself, so there is no
    result yet. In the body of a `while` it is that of the round before.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ visitor }}"
        step visitor:
            kind: connector
            target: name_finder
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "Hello {{ visitor }}"
            depends_on: [visitor]
        step visitor:
            kind: connector
            target: name_finder
    ```
    """

    code = "N405"
    name = "reads-later-step"

    @classmethod
    def of(
        cls, reader: str, name: str, labels: tuple[Label, Label], way: Way
    ) -> Diagnostic:
        return cls.diagnose(
            f"{reader} reads `{name}`, which runs later",
            *labels,
            help=way.words,
            fix=way.fix,
        )

    @classmethod
    def itself(cls, reader: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"{reader} reads its own result", label, help="remove this use"
        )

    @classmethod
    def around(cls, reader: str, name: str, label: Label, target: Label) -> Diagnostic:
        return cls.diagnose(
            f"{reader} reads `{name}`, the block around it",
            label,
            target,
            help="read a step of the block that runs before it",
        )

    @classmethod
    def whole(cls, reader: str, name: str, label: Label, target: Label) -> Diagnostic:
        """The reader is in a clause, the `finally` or the body of the step it reads."""
        return cls.diagnose(
            f"{reader} reads `{name}`, the step that it is a part of",
            label,
            target,
            help="read what runs before, or a failure by its name: `on_error as error:`",
        )

    @classmethod
    def own_step(
        cls, reader: str, name: str, label: Label, target: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"{reader} reads `{name}`, a step of its own that has not run by then",
            label,
            target,
            help="move the step before the block",
        )


class ReadsParallelStep(Rule):
    """An expression that reads a step which runs at the same time

    Steps of one batch start together, so the one's result is not there when the
    other reads it. A reference is no order in itself: `depends_on` is.

    Wrong:

    ```ai
    chain greet:
        result: ["{{ hello }}", "{{ weather }}"]
        step visitor:
            kind: connector
            target: name_finder
            parallel: true
        step weather:
            kind: connector
            target: forecast
            parallel: true
        step hello:
            value: "Hello {{ visitor }}"
            parallel: true
    ```

    Right:

    ```ai
    chain greet:
        result: ["{{ hello }}", "{{ weather }}"]
        step visitor:
            kind: connector
            target: name_finder
            parallel: true
        step weather:
            kind: connector
            target: forecast
            parallel: true
        step hello:
            value: "Hello {{ visitor }}"
            parallel: true
            depends_on: [visitor]
    ```
    """

    code = "N406"
    name = "reads-parallel-step"

    @classmethod
    def of(
        cls, reader: str, name: str, labels: tuple[Label, Label], way: Way
    ) -> Diagnostic:
        return cls.diagnose(
            f"{reader} reads `{name}`, which runs at the same time",
            *labels,
            help=way.words,
            fix=way.fix,
        )
