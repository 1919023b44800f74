"""Rules of channels."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = [
    "ChannelInRounds",
    "ChannelOutOfReach",
    "CircularChannel",
    "NotBeside",
    "UnreadChannel",
]


class UnreadChannel(Rule):
    """A channel that nothing receives from

    What a `send` step puts into a channel waits there for a loop, `for x in channel
    NAME`, of the same chain. Without one the channel fills up, and the next `send` would
    wait forever.

    Wrong:

    ```ai
    channel tasks: 10

    chain report:
        step find:
            send: tasks
            value: "{{ payload }}"
    ```

    Right:

    ```ai
    channel tasks: 10

    chain report:
        step find:
            background: true
            send: tasks
            value: "{{ payload }}"
        for task in channel tasks:
            step work:
                value: "{{ task }}"
    ```
    """

    code = "N460"
    name = "unread-channel"

    @classmethod
    def of(cls, channel: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"nothing in this chain receives from the channel `{channel}`",
            label,
            help=f"receive its items with `for x in channel {channel}`, in a block that "
            "runs beside this step",
        )


class ChannelOutOfReach(Rule):
    """A called chain with a channel that only a caller could feed

    A channel that no step of its chain sends to is fed by the caller of the chain,
    through the handle that `start_chain` returns. A step that calls the chain has no
    handle, and each run of a chain has channels of its own.

    Wrong:

    ```ai
    channel tasks: 10

    chain workers:
        for task in channel tasks:
            step work:
                value: "{{ task }}"

    chain report:
        step call:
            kind: chain
            target: workers
    ```

    Right:

    ```ai
    chain workers:
        for task in payload:
            step work:
                value: "{{ task }}"

    chain report:
        step call:
            kind: chain
            target: workers
            payload: ["a", "b"]
    ```
    """

    code = "N461"
    name = "channel-out-of-reach"

    @classmethod
    def of(cls, channel: str, chain: str, label: Label, reader: Label) -> Diagnostic:
        return cls.diagnose(
            f"nobody feeds the channel `{channel}` where a step calls `{chain}`",
            label,
            reader,
            help=f"give `{chain}` a list, or send to the channel in a step of `{chain}`",
        )


class NotBeside(Rule):
    """A channel whose ends do not run beside each other

    A step that sends waits while the channel is full, and a loop over the channel ends
    when all that send have ended. So the two have to run at the same time, whatever
    `ENABLE_PARALLEL_STEPS` says: as members of a `parallel` block, or the first of them
    in the background. Two branches never do, nor do the steps of a body and the clauses
    or the `finally` that end it.

    Wrong:

    ```ai
    channel tasks: 10

    chain report:
        for n in range(100):
            step find:
                send: tasks
                value: "{{ n }}"
        for task in channel tasks:
            step work:
                value: "{{ task }}"
    ```

    Right:

    ```ai
    channel tasks: 10

    chain report:
        for n in range(100):
            background: true
            step find:
                send: tasks
                value: "{{ n }}"
        for task in channel tasks:
            step work:
                value: "{{ task }}"
    ```
    """

    code = "N462"
    name = "not-beside"

    @classmethod
    def of(
        cls, channel: str, names: Sequence[str], labels: Sequence[Label], way_out: str
    ) -> Diagnostic:
        """`names` and `labels` are those of the entries in their order."""
        first, second = names
        return cls.diagnose(
            f"the channel `{channel}` needs {first} and {second} to run beside each "
            "other",
            labels[0],
            *labels[1:],
            help=way_out,
        )

    @classmethod
    def in_bodies(cls, channel: str, owner: str, labels: Sequence[Label]) -> Diagnostic:
        """`owner` has an end of the channel in each of two bodies."""
        return cls.diagnose(
            f"the channel `{channel}` has its ends in two bodies of {owner}, which never "
            "run beside each other",
            *labels,
            help="put both into the same body, there into a `parallel` block",
        )


class CircularChannel(Rule):
    """Channels that wait for each other to be closed

    A channel closes when all that send to it have ended. A loop over it that sends to
    another channel keeps that one open, and so on: somewhere that has to end. Where
    channels go round, or a loop sends to the channel that it reads, none of them ever
    closes.

    Wrong:

    ```ai
    channel questions: 10
    channel answers: 10

    chain talk:
        parallel:
            do one:
                for question in channel questions:
                    step reply:
                        send: answers
                        value: "{{ question }}"
            do other:
                for answer in channel answers:
                    step ask:
                        send: questions
                        value: "{{ answer }}"
    ```

    Right:

    ```ai
    channel questions: 10
    channel answers: 10

    chain talk:
        parallel:
            step ask:
                send: questions
                value: "{{ payload }}"
            do one:
                for question in channel questions:
                    step reply:
                        send: answers
                        value: "{{ question }}"
            do other:
                for answer in channel answers:
                    step note:
                        value: "{{ answer }}"
    ```
    """

    code = "N463"
    name = "circular-channel"

    @classmethod
    def of(cls, way: Sequence[str], label: Label, reader: Label) -> Diagnostic:
        """`way` are the channels from the first one round to itself."""
        if len(way) == 2:
            message = f"the channel `{way[0]}` never closes: a loop over it sends to it"
        else:
            round_ = ", ".join(f"`{one}`" for one in way[:-1])
            message = f"the channels {round_} never close: each waits for the next one"
        return cls.diagnose(
            message, label, reader, help="send to a channel that is read further on"
        )


class ChannelInRounds(Rule):
    """A channel in a body that runs more than once

    A run has each channel once, and a channel that has closed stays closed. So what
    sends and what receives cannot both be inside the same loop.

    Wrong:

    ```ai
    channel pages: 10

    chain report:
        for book in payload:
            parallel:
                step find:
                    send: pages
                    value: "{{ book }}"
                do read:
                    for page in channel pages:
                        step work:
                            value: "{{ page }}"
    ```

    Right:

    ```ai
    channel pages: 10

    chain read_book:
        parallel:
            step find:
                send: pages
                value: "{{ payload }}"
            do read:
                for page in channel pages:
                    step work:
                        value: "{{ page }}"

    chain report:
        for book in payload:
            step read:
                kind: chain
                target: read_book
                payload: "{{ book }}"
    ```
    """

    code = "N464"
    name = "channel-in-rounds"

    @classmethod
    def of(cls, channel: str, label: Label, loop: Label) -> Diagnostic:
        return cls.diagnose(
            f"both ends of the channel `{channel}` are inside a loop, whose next round "
            "would find it closed",
            label,
            loop,
            help="make the body of the loop a chain of its own: each of its runs has "
            "channels of its own",
        )
