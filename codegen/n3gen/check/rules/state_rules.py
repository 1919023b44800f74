"""Rules of states."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = [
    "HiddenByOldValue",
    "LostUpdate",
    "StateInCache",
    "StateOutOfReach",
    "UnfitChange",
    "UnfitStateValue",
]


class UnfitChange(Rule):
    """Something that the type of a state does not have

    `append`, `keep` and `remember` are for lists, `merge` and `key` for mappings and
    declared types; `set`, `update` and `delete` are for any type.

    Wrong:

    ```ai
    state counter: int = 0

    chain visits:
        step count:
            state: counter
            append: 1
    ```

    Right:

    ```ai
    state counter: int = 0

    chain visits:
        step count:
            state: counter
            update: "{{ value + 1 }}"
    ```
    """

    code = "N711"
    name = "unfit-change"

    @classmethod
    def of(
        cls, key: str, wanted: str, state: str, type_: str, labels: tuple[Label, Label]
    ) -> Diagnostic:
        """`labels` are those of the key, and of the state."""
        return cls.diagnose(
            f"`{key}` needs {wanted}, and state `{state}` is of type `{type_}`",
            *labels,
            help=f"declare the state as {wanted}, or remove `{key}`",
        )


class UnfitStateValue(Rule):
    """A value that is not of the state's type

    What a step gives a state has to be of the type of the state, as far as that can be
    known before anything runs; the rest is checked when it runs, and the state stays as
    it was.

    Wrong:

    ```ai
    state counter: int = 0

    chain visits:
        step count:
            state: counter
            set: many
    ```

    Right:

    ```ai
    state counter: int = 0

    chain visits:
        step count:
            state: counter
            set: 12
    ```
    """

    code = "N712"
    name = "unfit-state-value"

    @classmethod
    def of(
        cls,
        given: str,
        state: str,
        wanted: str,
        labels: tuple[Label, Label],
        meant: str | None = None,
    ) -> Diagnostic:
        """`labels` are those of the value, and of the state.

        `meant` is the expression that a text was most likely meant as.
        """
        way_out = f"write a value of type `{wanted}`, or change the type of the state"
        if meant is not None:
            way_out = f'write `"{{{{ {meant} }}}}"` to compute it'
        return cls.diagnose(
            f"this is {given}, and state `{state}` takes `{wanted}` here",
            *labels,
            help=way_out,
        )

    @classmethod
    def first(cls, state: str, wanted: str, label: Label) -> Diagnostic:
        """A state without a first value, where its type has none of its own."""
        return cls.diagnose(
            f"state `{state}` has no first value, and `{wanted}` has none of its own",
            label,
            help=f"write one after `=`, or make it `{wanted}?`",
        )


class LostUpdate(Rule):
    """A state that is read, and then set to what was made of it

    Another step, another run or another process may change the state between the two,
    and that change is lost. `update` makes the new value of `value`, the old one, while
    nothing else changes it. With `key` it does so for one entry of a mapping.

    Wrong:

    ```ai
    state counter: int = 0
        scope: process

    chain visits:
        step count:
            state: counter
            set: "{{ state.counter + 1 }}"
    ```

    Right:

    ```ai
    state counter: int = 0
        scope: process

    chain visits:
        step count:
            state: counter
            update: "{{ value + 1 }}"
    ```
    """

    code = "N465"
    name = "lost-update"
    severity = Severity.WARNING

    @classmethod
    def of(cls, state: str, operation: str, label: Label) -> Diagnostic:
        """`operation` is the key of the change that reads the state."""
        way_out = {
            "set": "write `update:`, with `value` for the old value",
            "update": "read the old value as `value`",
            "merge": "write `key:` and `update:`, with `value` for the old value",
        }
        return cls.diagnose(
            f"what changes `{state}` between this read and the `{operation}` is lost",
            label,
            help=way_out[operation],
        )


class StateOutOfReach(Rule):
    """An expression that cannot know what it reads

    The `by` of a state says which cell a run means, and reads the `payload` of the
    chain, `run.id` and `env`. The `key` of a `for` is asked for each item as it comes,
    when no stored state can be read.

    Wrong:

    ```ai
    state visits: int = 0
        by: user

    chain visit:
        step user:
            value: "{{ payload.user }}"
        step count:
            state: visits
            update: "{{ value + 1 }}"
            depends_on: user
    ```

    Right:

    ```ai
    state visits: int = 0
        by: payload.user

    chain visit:
        step count:
            state: visits
            update: "{{ value + 1 }}"
    ```
    """

    code = "N466"
    name = "state-out-of-reach"

    @classmethod
    def by(cls, read: str, state: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the `by` of state `{state}` cannot read `{read}`",
            label,
            help="read the `payload`, `run.id` or `env`",
        )

    @classmethod
    def field(cls, message: str, chain: str, label: Label, used: Label) -> Diagnostic:
        """`message` says which field the input of a chain lacks that uses the state."""
        return cls.diagnose(
            f"{message} in chain `{chain}`",
            label,
            used,
            help="add the field to the `input` of the chain",
        )

    @classmethod
    def key(cls, state: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the `key` of a `for` cannot read state `{state}`, which is stored",
            label,
            help="read it in a step before the block, and use that step's value",
        )


class StateInCache(Rule):
    """A cache around a state

    The key of a `chain` step's cache, and of a stage's with a body, holds what these
    are given and what the spec says of them, but no states: a result that is kept is
    used whatever a state has become, and what would have changed one does not run.
    Where that is meant, or where a state is part of it, `key` says so.

    Wrong:

    ```ai
    state tone: str = "kind"
        scope: process

    chain answer:
        input: {question: str}
        step said:
            value: "{{ state.tone }}: {{ payload.question }}"

    chain asked:
        input: {question: str}
        step answer_it: {kind: chain, target: answer, cache: 1h}
    ```

    Right:

    ```ai
    state tone: str = "kind"
        scope: process

    chain answer:
        input: {question: str}
        step said:
            value: "{{ state.tone }}: {{ payload.question }}"

    chain asked:
        input: {question: str}
        step answer_it:
            kind: chain
            target: answer
            cache: {ttl: 1h, key: ["{{ state.tone }}", "{{ payload }}"]}
    ```
    """

    code = "N467"
    name = "state-in-cache"
    severity = Severity.WARNING

    @classmethod
    def of(cls, step: str, state: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the cache of `{step}` takes no notice of state `{state}`, used inside",
            label,
            help=f'give it a `key`, such as `["{{{{ state.{state} }}}}", ...]`',
        )


class HiddenByOldValue(Rule):
    """A name that the old value of a state hides

    In an `update`, `value` is what the state has held so far. A step, or the item of a
    loop, of the same name cannot be read there: what was meant as its value would be
    the state's.

    Wrong:

    ```ai
    state total: int = 0

    chain add:
        input: {price: int}
        step value:
            value: "{{ payload.price * 2 }}"
        step sum:
            state: total
            update: "{{ value + 1 }}"
        result: "{{ sum }} {{ value }}"
    ```

    Right:

    ```ai
    state total: int = 0

    chain add:
        input: {price: int}
        step doubled:
            value: "{{ payload.price * 2 }}"
        step sum:
            state: total
            update: "{{ value + doubled }}"
        result: "{{ sum }} {{ doubled }}"
    ```
    """

    code = "N469"
    name = "hidden-by-old-value"
    severity = Severity.WARNING

    @classmethod
    def of(cls, state: str, label: Label, hidden: Label) -> Diagnostic:
        """`hidden` is the label of what has the name, and cannot be read."""
        return cls.diagnose(
            f"`value` is what state `{state}` has held here, and hides another one",
            label,
            hidden,
            help="give the other one another name",
        )
