"""Rules of `depends_on`: N301, N401 to N404."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity
from n3gen.syntax.arrows import NO_ARROWS, order_drawn

__all__ = [
    "CyclicDependency",
    "DependencyElsewhere",
    "DuplicateDependency",
    "SelfDependency",
    "UnknownDependency",
]

_JOIN: Final = re.compile(
    r"(?P<how>any|all|ended)(?: of)?[ :]*[\[({](?P<names>[^\[\](){}]+)[\])}]"
)
"""A join as a text: `any [a, b]`, `all(a, b)`."""

_LONGEST: Final = 8
"""Names of a way round that are written out."""


class UnknownDependency(Rule):
    """A `depends_on` that names no step

    `depends_on` takes the names of steps, or of named blocks, that are in the
    same block of steps. A name that nothing has would never be waited for.

    Wrong:

    ```ai
    chain market_brief:
        step news:
            kind: connector
            target: news_search
            parallel: true
        step prices:
            kind: connector
            target: price_feed
            parallel: true
        step brief:
            kind: connector
            target: writer
            depends_on: [news, price]
    ```

    Right:

    ```ai
    chain market_brief:
        step news:
            kind: connector
            target: news_search
            parallel: true
        step prices:
            kind: connector
            target: price_feed
            parallel: true
        step brief:
            kind: connector
            target: writer
            depends_on: [news, prices]
    ```
    """

    code = "N301"
    name = "unknown-dependency"

    @classmethod
    def of(
        cls,
        step: str,
        name: str,
        label: Label,
        meant: tuple[str, Label] | None,
        known: Sequence[str] = (),
    ) -> Diagnostic:
        """`meant` is the name that was most likely meant, and its place.

        `known` are some of those that could be.
        """
        parts = re.sub(r"[,;&]|\band\b", " ", name).strip("() ").split()
        way_out = f"write `[{', '.join(parts)}]`" if len(parts) > 1 else None
        meant = meant if way_out is None else None
        if join := _JOIN.fullmatch(name):
            names = f"[{', '.join(join['names'].replace(',', ' ').split())}]"
            is_all = join["how"] == "all"
            written = names if is_all else "{" + f"{join['how']}: {names}" + "}"
            way_out = f"write `{written}`"
        if drawn := order_drawn(name):
            return cls.diagnose(NO_ARROWS, label, help=drawn)
        if "{{" in name:
            way_out = "write the name of a step: it is not a template"
        elif name in ("None", "none", "nil"):
            way_out = "remove the key"
        elif way_out is None and known:
            some = ", ".join(f"`{one}`" for one in known)
            way_out = f"what stands beside it is {some}"
        return cls.diagnose(
            f"`{step}` needs `{name}`, but no step has that name",
            label,
            *([meant[1]] if meant else []),
            help=way_out,
            meant=meant[0] if meant else None,
        )


class SelfDependency(Rule):
    """A step that waits for itself

    It would wait for its own result and could never start.

    Wrong:

    ```ai
    chain greet:
        step hello:
            kind: connector
            target: greeter
            depends_on: [hello]
    ```

    Right:

    ```ai
    chain greet:
        step name:
            kind: connector
            target: name_finder
        step hello:
            kind: connector
            target: greeter
            depends_on: [name]
    ```
    """

    code = "N401"
    name = "self-dependency"

    @classmethod
    def of(cls, step: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{step}` needs itself", label, help="remove the name from `depends_on`"
        )


class CyclicDependency(Rule):
    """Steps that wait for each other

    Each of them waits for the next one on the way round, so none could ever
    start. Where `depends_on` and the order of the file say different things,
    `depends_on` holds and the step moves, so these two make no circle. Steps that
    read each other do: in whatever order they run, one has no result to read.

    Wrong:

    ```ai
    chain publish:
        step draft:
            kind: connector
            target: writer
            depends_on: [review]
        step review:
            kind: connector
            target: reviewer
            depends_on: [draft]
    ```

    Right:

    ```ai
    chain publish:
        step draft:
            kind: connector
            target: writer
        step review:
            kind: connector
            target: reviewer
            depends_on: [draft]
    ```
    """

    code = "N402"
    name = "cyclic-dependency"

    @classmethod
    def of(
        cls, names: Sequence[str], labels: Sequence[Label], *, reads: bool
    ) -> Diagnostic:
        """`names` is the way round, its first also its last; `labels` say who needs whom.

        `reads` says that an expression is on the way, not only `depends_on`.
        """
        return cls.diagnose(
            f"steps wait for each other: {_way_round(names)}",
            *labels,
            help=(
                "under `schedule: dag` a step waits for what it reads: "
                "remove one of these uses"
                if reads
                else "remove one of these names from its `depends_on`"
            ),
        )

    @classmethod
    def reading(cls, names: Sequence[str], labels: Sequence[Label]) -> Diagnostic:
        """In the order of the file, where a step waits for what stands before it."""
        return cls.diagnose(
            f"steps need the results of each other: {_way_round(names)}",
            *labels,
            help="remove one of these uses",
        )


def _way_round(names: Sequence[str]) -> str:
    """A circle in words, its first name also its last; a long one is cut."""
    names = [f"`{name}`" for name in names]
    if len(names) > _LONGEST:
        names = [*names[: _LONGEST - 2], "...", names[-1]]
    return " -> ".join(names)


class DuplicateDependency(Rule):
    """A name that stands twice in one `depends_on`

    Once is enough, and the second is often a slip for another name.

    Wrong:

    ```ai
    chain greet:
        step name:
            kind: connector
            target: name_finder
        step hello:
            kind: connector
            target: greeter
            depends_on: [name, name]
    ```

    Right:

    ```ai
    chain greet:
        step name:
            kind: connector
            target: name_finder
        step hello:
            kind: connector
            target: greeter
            depends_on: [name]
    ```
    """

    code = "N403"
    name = "duplicate-dependency"
    severity = Severity.WARNING

    @classmethod
    def of(cls, step: str, name: str, label: Label, first: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{step}` names `{name}` twice in its `depends_on`",
            label,
            first,
            help="remove one of them",
        )


class DependencyElsewhere(Rule):
    """A `depends_on` that names a step of another block

    `depends_on` orders the steps of one block. A step inside an `if`, `match`,
    `for` or `while` may not run at all, or many times: what comes after it comes
    after the whole block. And a block starts as one, so its steps cannot wait for
    what stands outside of it.

    Wrong:

    ```ai
    chain triage:
        if payload.urgent:
            step call:
                kind: connector
                target: phone
        step log:
            kind: connector
            target: logger
            depends_on: [call]
    ```

    Right:

    ```ai
    chain triage:
        if alarm: payload.urgent:
            step call:
                kind: connector
                target: phone
        step log:
            kind: connector
            target: logger
            depends_on: [alarm]
    ```
    """

    code = "N404"
    name = "dependency-elsewhere"

    @classmethod
    def inside(
        cls, step: str, name: str, block: str, labels: tuple[Label, Label], way: str
    ) -> Diagnostic:
        """`block` says which one the named step is in, `way` what to do."""
        return cls.diagnose(
            f"`{step}` needs `{name}`, which is inside {block}", *labels, help=way
        )

    @classmethod
    def outside(
        cls, step: str, name: str, labels: tuple[Label, Label], way: str
    ) -> Diagnostic:
        return cls.diagnose(
            f"`{step}` needs `{name}`, which is outside of its block",
            *labels,
            help=way,
        )
