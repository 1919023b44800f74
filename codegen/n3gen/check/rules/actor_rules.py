"""Rules of actors."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["ActorOutOfReach", "NotAMessage"]


class NotAMessage(Rule):
    """A message that names no method of an actor

    `ask` and `tell` name an actor and one of its methods, `actor.method`, whose arguments
    are under `with`. Methods whose names begin with an underscore are the object's own.

    Wrong:

    ```ai
    actor counter:
        target: app.actors:Counter

    chain visits:
        step count:
            ask: counter
    ```

    Right:

    ```ai
    actor counter:
        target: app.actors:Counter

    chain visits:
        step count:
            ask: counter.increment
            with: {by: 2}
    ```
    """

    code = "N480"
    name = "not-a-message"

    @classmethod
    def of(cls, text: str, actor: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{text}` does not name a method of an actor",
            label,
            help=f"write `{actor}.method`, and its arguments by name under `with:`",
        )

    @classmethod
    def private(cls, method: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{method}` is a method that only the object itself calls",
            label,
            help="call one whose name begins with a letter",
        )


class ActorOutOfReach(Rule):
    """Arguments of an actor that cannot know what they read

    The `with` of an actor is what its object is made with, at its first message,
    whichever step sends that. It reads the `payload` of the chain, `run.id` and `env`;
    that of an actor with `scope: process`, which many runs share, reads `env` alone.

    Wrong:

    ```ai
    actor counter:
        target: app.counters:Counter
        with: {start: "{{ payload.start }}"}
        scope: process

    chain visits:
        step count:
            ask: counter.increment
    ```

    Right:

    ```ai
    actor counter:
        target: app.counters:Counter
        with: {start: 100}
        scope: process

    chain visits:
        step count:
            ask: counter.increment
    ```
    """

    code = "N481"
    name = "actor-out-of-reach"

    @classmethod
    def of(cls, read: str, actor: str, label: Label, *, is_shared: bool) -> Diagnostic:
        way_out = "read the `payload`, `run.id` or `env`, or give it with a message"
        if is_shared:
            way_out = "many runs share the actor: read `env`, or give it with a message"
        return cls.diagnose(
            f"what actor `{actor}` is made with cannot read `{read}`",
            label,
            help=way_out,
        )

    @classmethod
    def field(cls, message: str, chain: str, label: Label, used: Label) -> Diagnostic:
        """`message` says which field the input of a chain lacks that uses the actor."""
        return cls.diagnose(
            f"{message} in chain `{chain}`",
            label,
            used,
            help="add the field to the `input` of the chain",
        )
