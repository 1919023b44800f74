"""Rules of what steps call."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.syntax.place_rules import article

__all__ = [
    "EmptyPrompt",
    "NoConnection",
    "NoModel",
    "RecursiveChain",
    "UnknownName",
]


class UnknownName(Rule):
    """A name that nothing has

    A step names the chain that it runs, and a model call the connection that it
    goes over; both are in the file or in one that it uses.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "hello"

    chain twice:
        step first:
            kind: chain
            target: gret
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"

    chain twice:
        step first:
            kind: chain
            target: greet
    ```
    """

    code = "N314"
    name = "unknown-name"

    @classmethod
    def of(
        cls,
        what: str,
        name: str,
        label: Label,
        meant: str | None,
        way_out: str = "",
        there: Sequence[Label] = (),
    ) -> Diagnostic:
        """`there` are other places that have the name."""
        if "{{" in name:
            way_out = f"write the name of {article(what)} {what}: it is not a template"
        way_out = way_out or f"define {article(what)} {what} `{name}`"
        message = f"no {what} has the name `{name}`"
        others = (Label(one.file, one.span, "and here") for one in there[:7])
        return cls.diagnose(message, label, *others, help=way_out, meant=meant)

    @classmethod
    def fed(cls, name: str, chain: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"chain `{chain}` has no channel `{name}` that its caller feeds",
            label,
            help=f"name one that `{chain}` receives from, and that no step sends to",
        )


class RecursiveChain(Rule):
    """A chain that runs itself

    A chain that runs itself, directly or through others, has no end that the
    compiler can see. With `max_depth` on one of the chains that many runs of it may
    be nested, and one more is an error. A `while` block repeats steps
    within a bound.

    Wrong:

    ```ai
    chain ping:
        step there:
            kind: chain
            target: pong

    chain pong:
        step back:
            kind: chain
            target: ping
    ```

    Right:

    ```ai
    chain ping:
        max_depth: 3
        step there:
            kind: chain
            target: pong

    chain pong:
        step back:
            kind: chain
            target: ping
            payload: "{{ payload - 1 }}"
            when: payload > 0
    ```
    """

    code = "N306"
    name = "recursive-chain"

    @classmethod
    def of(cls, names: Sequence[str], labels: Sequence[Label]) -> Diagnostic:
        """`names` is the way round, its first name also its last; labels are its calls."""
        shown = [*names[:6], "...", names[-1]] if len(names) > 8 else names
        way = " -> ".join(f"`{name}`" for name in shown)
        return cls.diagnose(
            f"chain `{names[0]}` runs itself: {way}",
            labels[-1],
            *labels[:-1][:7],
            help="bound it by `max_depth` on a chain, or repeat steps with a `while` block",
        )


class NoConnection(Rule):
    """A model call that does not say where it goes

    A model call needs a connection. It names one, or the file (with those that
    it uses) has exactly one, which is then meant.

    Wrong:

    ```ai
    chain greet:
        step hello:
            prompt: "Say hello"
    ```

    Right:

    ```ai
    connection models:
        api: local

    chain greet:
        step hello:
            prompt: "Say hello"
    ```
    """

    code = "N307"
    name = "no-connection"

    @classmethod
    def of(cls, what: str, connections: list[str], label: Label) -> Diagnostic:
        if connections:
            listed = ", ".join(f"`{name}`" for name in connections[:8])
            return cls.diagnose(
                f"{what} is a model call without a connection, and the file has several",
                label,
                help=f"add `connection:` with one of {listed}",
            )
        return cls.diagnose(
            f"{what} is a model call, but the file has no connection",
            label,
            help="define one, such as `connection models:` with `api: local`",
        )


class NoModel(Rule):
    """A model call without a model

    The model stands at the call, or at its connection for all calls over it.
    Only `api: local` and `api: http` need none.

    Wrong:

    ```ai
    connection models:
        api: openai
        api_key: env("OPENAI_API_KEY")

    chain greet:
        step hello:
            prompt: "Say hello"
    ```

    Right:

    ```ai
    connection models:
        api: openai
        api_key: env("OPENAI_API_KEY")
        model: gpt-4o-mini

    chain greet:
        step hello:
            prompt: "Say hello"
    ```
    """

    code = "N308"
    name = "no-model"

    @classmethod
    def of(cls, what: str, connection: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"neither {what} nor its connection `{connection}` names a model",
            label,
            help="add `model:` to either",
        )


class EmptyPrompt(Rule):
    """A prompt that says nothing

    A model call with an empty prompt costs time and money and answers nothing.

    Wrong:

    ```ai
    connection models:
        api: local

    chain greet:
        step hello:
            prompt: " "
    ```

    Right:

    ```ai
    connection models:
        api: local

    chain greet:
        step hello:
            prompt: "Say hello"
    ```
    """

    code = "N312"
    name = "empty-prompt"

    @classmethod
    def of(cls, what: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the prompt of {what} is empty",
            label,
            help="write what the model is asked",
        )
