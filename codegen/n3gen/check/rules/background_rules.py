"""Rules of what runs in the background, and of its cancellation: N453 to N455."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["LateCancel", "LooseMember", "NothingToCancel"]


class LooseMember(Rule):
    """A member of a scope that would not belong to it

    All members of a `parallel` block run together and make its value, and those of a
    `race` run against each other. One in the background, or one that starts when some of
    the others have succeeded, has no place among them. In a body of its own, a `do`, it
    has.

    Wrong:

    ```ai
    chain brief:
        parallel both:
            step news:
                target: news_search
            step prices:
                target: price_feed
                background: true
        result: "{{ both }}"
    ```

    Right:

    ```ai
    chain brief:
        step prices:
            target: price_feed
            background: true
        step news:
            target: news_search
        result: ["{{ news }}", "{{ prices }}"]
    ```
    """

    code = "N453"
    name = "loose-member"

    @classmethod
    def background(cls, what: str, block: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`background` does nothing on {what}: the members of {block} run together",
            label,
            help="remove it, or move what it is on out of the block",
        )

    @classmethod
    def join(cls, what: str, block: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"{what} joins members of {block}, which end together",
            label,
            help="put it and the steps that it names into a `do`",
        )


class NothingToCancel(Rule):
    """A `cancel` of something that does not run in the background

    `cancel` ends a step or a block with `background: true`, of the same body or of one
    around it, that has started before.

    Wrong:

    ```ai
    chain answer:
        step extra:
            target: researcher
        step reply:
            target: writer
        step quit:
            cancel: extra
    ```

    Right:

    ```ai
    chain answer:
        step extra:
            target: researcher
            background: true
        step reply:
            target: writer
        step quit:
            cancel: extra
    ```
    """

    code = "N454"
    name = "nothing-to-cancel"

    @classmethod
    def unknown(
        cls, step: str, name: str, label: Label, meant: tuple[str, Label] | None
    ) -> Diagnostic:
        """`meant` is the name that was most likely meant, and its place."""
        return cls.diagnose(
            f"`{step}` cancels `{name}`, but nothing has that name",
            label,
            *([meant[1]] if meant else []),
            help="name a step or a block with `background: true`",
            meant=meant[0] if meant else None,
        )

    @classmethod
    def plain(
        cls, step: str, name: str, what: str, label: Label, place: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"`{step}` cancels `{name}`, which does not run in the background",
            label,
            place,
            help=f"add `background: true` to {what}",
        )

    @classmethod
    def because(
        cls, step: str, name: str, why: str, labels: tuple[Label, Label], way: str
    ) -> Diagnostic:
        """`why` says where that name is bound, `way` what to do."""
        return cls.diagnose(
            f"`{step}` cancels `{name}`, which {why}", *labels, help=way
        )


class LateCancel(Rule):
    """A `cancel` of what has ended by then

    What reads a background step, or depends on it, waits for it. A `cancel` after that
    finds nothing that still runs.

    Wrong:

    ```ai
    chain answer:
        step extra:
            target: researcher
            background: true
        step reply:
            target: writer
            options: {facts: "{{ extra }}"}
        step quit:
            cancel: extra
    ```

    Right:

    ```ai
    chain answer:
        step extra:
            target: researcher
            background: true
        step reply:
            target: writer
        step quit:
            cancel: extra
        step joined:
            value: "{{ reply }} {{ extra | default('') }}"
    ```
    """

    code = "N455"
    name = "late-cancel"
    severity = Severity.WARNING

    @classmethod
    def of(cls, step: str, name: str, label: Label, place: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{step}` cancels `{name}`, which has always ended by then",
            label,
            place,
            help="move it before what waits for that, or remove it",
        )
