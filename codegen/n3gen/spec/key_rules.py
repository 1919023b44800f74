"""Rules of keys: N201, N202, N205, N211."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["ELSEWHERE", "MisplacedKey", "MissingKey", "NotBuiltYet", "UnknownKey"]

ELSEWHERE: Final = {
    "on_error": "clauses stand behind the steps that they are about, in YAML at the end "
    "of their list: `- {on_error: any, steps: [...]}`",
    "finally": "it stands behind the steps, in YAML at the end of their list: "
    "`- finally: [...]`",
    "timeout": "put the steps into a `within`, which is a deadline for them all",
    "when": "put the steps into an `if`",
    "retry": "single steps are tried again: make a chain of these, and run it by one "
    "step of kind `chain`",
}
"""How what holds steps says what steps have keys for."""

_IN_AI: Final = {
    "on_error": "a clause stands behind the steps that it is about: `on_error:`, or "
    "`on_error [timeout, 404]:`, and steps that run instead below it",
    "finally": "it stands behind the steps: `finally:`, and its own steps below it",
}
"""What of it is written otherwise in `.ai`."""

_LISTED: Final = 12
"""How many keys a message lists."""


class UnknownKey(Rule):
    """A key that the language does not have

    Every key says something that the compiler acts on. A key that it does not
    know is most often a slip, and what it was meant to say would be lost
    silently, so it is an error.

    Wrong:

    ```ai
    chain greet:
        timeuot: 60
        step hello:
            value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        timeout: 60
        step hello:
            value: "hello"
    ```
    """

    code = "N201"
    name = "unknown-key"

    @classmethod
    def of(
        cls,
        key: str,
        what: str,
        label: Label,
        meant: str | None,
        known: Sequence[str] = (),
    ) -> Diagnostic:
        """`key` does not belong to `what`, such as `a chain`, whose keys are `known`."""
        some = [f"`{one}`" for one in known[:_LISTED]]
        words = ", ".join([*some, "..."] if len(known) > _LISTED else some)
        return cls.diagnose(
            f"{what} has no key `{key}`",
            label,
            help=f"its keys are {words}",
            meant=meant,
        )

    @classmethod
    def hinted(cls, key: str, what: str, label: Label, way_out: str) -> Diagnostic:
        """`way_out` says how `what` says what was meant by `key`."""
        return cls.diagnose(f"{what} has no key `{key}`", label, help=way_out)

    @classmethod
    def file(cls, keys: Sequence[str], label: Label, way_out: str) -> Diagnostic:
        """`keys` are those of a file, none of which is one of a spec."""
        some = ", ".join(f"`{key}`" for key in keys[:3])
        more = ", ..." if len(keys) > 3 else ""
        return cls.diagnose(
            f"a spec file has none of the keys of this one: {some}{more}",
            label,
            help=way_out,
        )

    @classmethod
    def below(cls, key: str, what: str, label: Label, holder: str) -> Diagnostic:
        """`key` is an item of another key of `what`."""
        return cls.diagnose(
            f"{what} has no key `{key}`",
            label,
            help=f"put it below `{holder}:`, as `{holder}: {{{key}: ...}}`",
        )

    @classmethod
    def beside(cls, key: str, what: str, label: Label, holder: str) -> Diagnostic:
        """`key` stands beside the empty key that holds what is below it."""
        return cls.diagnose(
            f"{what} has no key `{key}`",
            label,
            help=f"remove this line: the steps go below `{holder}:` itself",
        )

    @classmethod
    def elsewhere(cls, key: str, what: str, label: Label) -> Diagnostic:
        """`key` is one of steps, and a block or a chain says it in another way."""
        way_out = ELSEWHERE[key]
        if label.file.path.endswith(".ai"):
            way_out = _IN_AI.get(key, way_out)
        return cls.diagnose(f"{what} has no key `{key}`", label, help=way_out)

    @classmethod
    def needless(cls, key: str, what: str, why: str, label: Label) -> Diagnostic:
        """`key` says what `what` says without it."""
        message = f"{what} has no key `{key}`"
        return cls.diagnose(message, label, help=f"remove it: {why}")

    @classmethod
    def step(cls, key: str, what: str, label: Label) -> Diagnostic:
        """`key` is the name of a step, without what says so."""
        way_out = f"write `step {key}:`"
        if not label.file.path.endswith(".ai"):
            way_out = f"put it below `steps:`, as `- name: {key}` with its keys"
        return cls.diagnose(f"{what} has no key `{key}`", label, help=way_out)

    @classmethod
    def of_step(cls, key: str, what: str, label: Label) -> Diagnostic:
        """`key` is one of a step, written in the column of the steps."""
        return cls.diagnose(
            f"{what} has no key `{key}`",
            label,
            help=f"`{key}` is a key of a step: indent it below its `step`",
        )


class MissingKey(Rule):
    """A key that must be there

    A connector step needs its target, a request its URL, a model call its
    prompt: without it there is nothing to run.

    Wrong:

    ```ai
    chain greet:
        step hello:
            kind: connector
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            kind: connector
            target: greeter
    ```
    """

    code = "N202"
    name = "missing-key"

    @classmethod
    def of(
        cls, key: str, what: str, label: Label, way_out: str | None = None
    ) -> Diagnostic:
        """`what`, such as `the connector step x`, needs `key`."""
        return cls.diagnose(
            f"{what} has no `{key}`", label, help=way_out or f"add `{key}:`"
        )

    @classmethod
    def empty(cls, key: str, wanted: str, needed: bool, label: Label) -> Diagnostic:
        """`key` is there, and nothing is behind its colon, where `wanted` can be."""
        or_none = "" if needed else ", or remove the key"
        return cls.diagnose(
            f"`{key}` has no value",
            label,
            help=f"write {wanted} behind its `:`{or_none}",
        )


class MisplacedKey(Rule):
    """A key that belongs to another kind

    Each kind of step has keys of its own beside the common ones: a request has a
    `url`, a model call has a `prompt`. A key of another kind would do nothing.

    Wrong:

    ```ai
    chain fetch:
        step page:
            kind: http
            url: "https://example.org"
            prompt: "Summarise the page"
    ```

    Right:

    ```ai
    chain fetch:
        step page:
            kind: http
            url: "https://example.org"
    ```
    """

    code = "N205"
    name = "misplaced-key"

    @classmethod
    def of(
        cls,
        key: str,
        what: str,
        label: Label,
        owners: tuple[str, ...],
        meant: str | None = None,
    ) -> Diagnostic:
        """`what` cannot have `key`, which is for `owners`, such as `llm`."""
        listed = _listed(owners)
        way_out = f"`{key}` is for {listed}" if owners else f"remove `{key}`"
        if owners == (key,):
            way_out = (
                f"a step with `{key}` does nothing else: give it a step of its own"
            )
        if key == "stop" and what.startswith("the llm step"):
            way_out = "what ends an answer is an option: `options: {stop: [...]}`"
        message = f"`{key}` does nothing on {what}"
        return cls.diagnose(message, label, help=way_out, meant=meant)

    @classmethod
    def of_chain(cls, what: str, chain: str, label: Label, target: str) -> Diagnostic:
        """The step was meant to run `chain`, whose name `target` is or nearly is."""
        named = "" if target == chain else f" and `target: {chain}`"
        message = f"`payload` does nothing on {what}"
        return cls.diagnose(
            message, label, help=f"to run chain `{chain}`, write `kind: chain`{named}"
        )

    @classmethod
    def belongs(cls, key: str, what: str, where: str, label: Label) -> Diagnostic:
        """`where` says what has the key: `the connection`."""
        return cls.diagnose(
            f"`{key}` does nothing on {what}", label, help=f"it belongs to {where}"
        )

    @classmethod
    def beside(cls, key: str, other: str, label: Label, why: str) -> Diagnostic:
        """`key` cannot stand beside `other`."""
        return cls.diagnose(f"`{key}` does nothing beside `{other}`", label, help=why)

    @classmethod
    def without(cls, key: str, other: str, label: Label, why: str) -> Diagnostic:
        """`key` needs `other`."""
        return cls.diagnose(f"`{key}` does nothing without `{other}`", label, help=why)

    @classmethod
    def on_given(cls, key: str, label: Label, why: str) -> Diagnostic:
        """`key` is for calls of models."""
        return cls.diagnose(
            f"`{key}` does nothing on a callable that the run is given", label, help=why
        )


def _listed(owners: tuple[str, ...]) -> str:
    """The words as `a`, `b` and `c`."""
    *first, last = [f"`{owner}`" for owner in owners] or [""]
    return f"{', '.join(first)} and {last}" if first else last


class NotBuiltYet(Rule):
    """A part of the language that this version does not build

    The language has more than this version compiles. Such a part is read,
    formatted and converted, but it is never left out silently: a spec that uses
    it does not build.

    Wrong:

    ```ai
    connection model:
        api: local

    connector greeter:
        connection: model
        prompt: "Greet {{ payload }}"
        on_error: skip

    chain greet:
        step hello:
            target: greeter
    ```

    Right:

    ```ai
    connection model:
        api: local

    connector greeter:
        connection: model
        prompt: "Greet {{ payload }}"

    chain greet:
        step hello:
            target: greeter
            on_error: skip
    ```
    """

    code = "N211"
    name = "not-built-yet"

    @classmethod
    def of(cls, what: str, label: Label, way_out: str | None = None) -> Diagnostic:
        return cls.diagnose(
            f"{what} is part of the language, but this version does not build it",
            label,
            help=way_out or "do without it here: a later version will build it",
        )
