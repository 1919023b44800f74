"""Rules of what durable runs cannot do."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["NotDurable"]


class NotDurable(Rule):
    """Something that a durable run could not do again the same way

    A run that is built for `dbos` goes on in another process when its own ends. What its
    steps came to is kept, and so are the winners of races and what blocks with a deadline
    decided. What depends on the moment, or lives in the memory of a process, would be
    another thing in the next life of the run: which steps had ended when a `cancel` or a
    `depends_on` with `any` looked, what a channel or a state held, which item a generator
    was at. It is refused rather than done differently.

    The module can stay on `asyncio`, by file or folder: `target` in the configuration is
    a table then. Often another construct says the same: a `race` for `any`, a list for a
    stream.

    Wrong:

    ```ai
    chain gather:
        for page in stream("app.pages:all_pages"):
            step read:
                target: reader
    ```

    Right:

    ```ai
    chain gather:
        step pages:
            kind: python
            target: "app.pages:all_pages"
        for page in pages:
            step read:
                target: reader
    ```
    """

    code = "N490"
    name = "not-durable"
    target = "dbos"

    @classmethod
    def of(cls, what: str, why: str, label: Label, instead: str) -> Diagnostic:
        return cls.diagnose(
            f"{what} has no durable form: {why}",
            label,
            help=f'{instead}, or leave this file to `target = "asyncio"`',
        )
