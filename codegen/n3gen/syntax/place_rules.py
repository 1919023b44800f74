"""Rules of the places of blocks: N115, N116."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.syntax.words import WORDS, Context

__all__ = ["ELSE_IN_MATCH", "MisplacedBlock", "StepsWithoutChain", "article"]


def article(word: str) -> str:
    """`a` or `an`, as the word wants it."""
    return "an" if word[:1] in "aeiou" else "a"


ELSE_IN_MATCH = 'write `case "a":` for a value, or `else:` with an `if` block below it'
"""What is in a `match` for a further condition."""


class MisplacedBlock(Rule):
    """A block in a place where it cannot be

    Steps and control blocks belong in chains and in one another's bodies, definitions
    at the top of a file, and an `else` right behind its `if`.

    Wrong:

    ```ai
    chain greet:
        step hello:
            value: "hello"
            step world:
                value: "world"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
        step world:
            value: "{{ hello }} world"
    ```
    """

    code = "N115"
    name = "misplaced-block"

    @classmethod
    def of(cls, word: str, where: str, label: Label) -> Diagnostic:
        way_out = "check its indentation; a key that looks like a block goes in quotes"
        place = f"in {where}"
        if where == Context.ENTRY and word not in WORDS.within(Context.TOP):
            way_out = (
                f"begin `{word}` in the column of the step that it follows; a key of this "
                "name goes in quotes"
            )
        elif where == Context.DATA:
            place = "among the keys of another block"
            way_out = f"begin `{word}` in the column of the block that it follows"
        elif word in WORDS.within(Context.TOP):
            way_out = (
                "move it to the left edge, where definitions stand; a key of this name "
                "goes in quotes"
            )
        elif where == Context.CASES:
            way_out = 'put it below a `case`, such as `case "a":`, or below `else:`'
            way_out = ELSE_IN_MATCH if word == "elif" else way_out
        elif where == Context.STAGES:
            way_out = f"put it below a `stage some_name:`, whose body has the `{word}`"
            if word == "step":
                way_out = "what is a `step` in a chain is a `stage` in a pipeline"
        elif word == "stage" and where == Context.STEPS:
            way_out = "a `stage` belongs in a `pipeline`; in a chain it is a `step`"
        return cls.diagnose(
            f"{article(word)} `{word}` is not allowed {place}", label, help=way_out
        )

    @classmethod
    def of_race(cls, word: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"a `race` has no `{word}`",
            label,
            help="what runs where all its contenders fail stands below an `on_error:`, "
            "behind the race",
        )

    @classmethod
    def alone(cls, word: str, partner: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"this `{word}` has no {partner} before it, in the same column",
            label,
            help=f"indent it like its {partner}, right after the steps of that",
        )


class StepsWithoutChain(Rule):
    """Steps outside of any chain

    A step runs as a part of a chain, by whose name the module offers it. Where
    a file has several chains, nothing says to which the step belongs.

    Wrong:

    ```ai
    step hello:
        value: "hello"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            value: "hello"
    ```
    """

    code = "N116"
    name = "steps-without-chain"

    @classmethod
    def of(cls, word: str, label: Label, way_out: str) -> Diagnostic:
        return cls.diagnose(f"`{word}` is not in a chain", label, help=way_out)
