"""Rules of races: N412, N413 and N416."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["ContenderWaits", "RaceNeverWon", "RaceOfOne"]


class RaceNeverWon(Rule):
    """A race that cannot be won

    `race NAME: N of` ends when N of its contenders have succeeded. With fewer than N
    contenders it would always fail.

    Wrong:

    ```ai
    chain judge:
        race votes: 3 of:
            step first:
                target: reviewer
            step second:
                target: editor
    ```

    Right:

    ```ai
    chain judge:
        race votes: 2 of:
            step first:
                target: reviewer
            step second:
                target: editor
            step third:
                target: critic
    ```
    """

    code = "N412"
    name = "race-never-won"

    @classmethod
    def of(cls, needed: int, found: int, label: Label) -> Diagnostic:
        contenders = "1 contender" if found == 1 else f"{found} contenders"
        return cls.diagnose(
            f"{needed} contenders must succeed, and the race has {contenders}",
            label,
            help="lower the number, or add contenders",
        )


class ContenderWaits(Rule):
    """A contender that waits for another

    The contenders of a race run against each other, and as soon as one has succeeded
    the others are cancelled: one that needs another could never win. Steps that belong
    together are one contender, in a `do`.

    Wrong:

    ```ai
    chain answer:
        race reply:
            step fast:
                target: small_model
            step draft:
                target: large_model
            step polished:
                target: editor
                depends_on: [draft]
    ```

    Right:

    ```ai
    chain answer:
        race reply:
            step fast:
                target: small_model
            do careful:
                step draft:
                    target: large_model
                step polished:
                    target: editor
    ```
    """

    code = "N413"
    name = "contender-waits"

    @classmethod
    def of(cls, step: str, other: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"contender `{step}` waits for `{other}`, which it runs against",
            label,
            help="make both one contender, in a `do`",
        )


class RaceOfOne(Rule):
    """A race with a single contender

    The contenders of a race run against each other. One alone has nobody to win
    against, so that the block does what the step would do by itself: it is left over,
    or the steps that were to be contenders stand outside of it.

    Wrong:

    ```ai
    chain answer:
        race reply:
            step fast:
                target: small_model
    ```

    Right:

    ```ai
    chain answer:
        race reply:
            step fast:
                target: small_model
            step careful:
                target: large_model
    ```
    """

    code = "N416"
    name = "race-of-one"
    severity = Severity.WARNING

    @classmethod
    def of(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "this race has one contender, which has nobody to win against",
            label,
            help="add a contender, or write the step without the `race`",
        )
