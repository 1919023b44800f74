"""Takes nothing; says which words begin the blocks of `.ai`, and where each can stand."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "ALL_WORDS",
    "BARE_WORDS",
    "BODY_OF",
    "NAMED_WORDS",
    "SECTION_OF",
    "WORDS_IN",
    "Context",
    "context_of_key",
]


class Context(StrEnum):
    """What the lines of a body can be; the value says it in a message."""

    TOP = "a file"
    STEPS = "a block of steps"
    STAGES = "a pipeline"
    CASES = "a `match`"
    ENTRY = "a step"
    DATA = "data"


SECTION_OF = {
    "chain": "chains",
    "pipeline": "pipelines",
    "connection": "connections",
    "connector": "connectors",
    "type": "types",
    "limit": "limits",
    "state": "states",
    "test": "tests",
}
"""The words of top-level definitions, and the key under which each kind is collected."""

WORDS_IN: dict[Context, tuple[str, ...]] = {
    Context.TOP: (*SECTION_OF, "use"),
    Context.STEPS: (
        "step",
        "if",
        "elif",
        "else",
        "match",
        "while",
        "for",
        "race",
        "parallel",
        "within",
        "finally",
    ),
    Context.STAGES: ("stage",),
    Context.CASES: ("case", "else"),
    Context.ENTRY: (),
    Context.DATA: (),
}
"""The words that begin a block, by the body that it stands in."""

ALL_WORDS = frozenset(word for words in WORDS_IN.values() for word in words)

BARE_WORDS = frozenset(("else", "race", "parallel", "finally"))
"""Words that can have their `:` at once."""

NAMED_WORDS = frozenset((*SECTION_OF, "step", "stage"))
"""Words that a name must follow."""

BODY_OF: dict[str, Context] = {
    **dict.fromkeys((*SECTION_OF, "use"), Context.DATA),
    **dict.fromkeys((*WORDS_IN[Context.STEPS], "case", "chain"), Context.STEPS),
    "pipeline": Context.STAGES,
    "match": Context.CASES,
    "step": Context.ENTRY,
    "stage": Context.ENTRY,
}
"""What the body of each block is made of."""

_STEP_KEYS = frozenset(("then", "else", "steps", "parallel", "finally", "on_error"))


def context_of_key(key: str, context: Context) -> Context:
    """What the lines below `key:` can be, in a body of `context`."""
    if context is Context.ENTRY:
        if key in _STEP_KEYS:
            return Context.STEPS
        return Context.ENTRY if key in ("elif", "cases") else Context.DATA
    if context in (Context.TOP, Context.STEPS) and key == "steps":
        return Context.STEPS
    if context is Context.STAGES and key == "stages":
        return Context.STAGES
    return Context.DATA
