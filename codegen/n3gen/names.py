"""Python identifiers: those that stand for names of a spec, and those from outside it."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Collection

__all__ = [
    "HANDLES",
    "LAST_ROUND",
    "PUBLIC",
    "TAKEN",
    "class_name",
    "constant_name",
    "fill_outside",
    "is_fact",
    "is_name",
    "join_of",
    "outside",
    "own_record_of",
    "python_name",
    "record_of",
    "root_module",
    "state_of",
    "target_parts",
    "task_of",
    "variable_name",
]

PUBLIC = frozenset(
    [
        *["CHAINS", "ChainError", "ChainTimeout", "RunHandle", "RunResult"],
        *["StepRecord", "aclose", "configure", "connector", "drain", "metrics"],
        *["run_chain", "run_chain_sync", "start_chain", "stream_chain", "to_json"],
    ]
)
"""What generated modules offer: no chain and no type of a spec takes these names."""

TAKEN = PUBLIC | {"annotations", "os", "runpy", "super", "sys"}
"""The names that no function of a chain takes: what a module imports too, or Python reads."""

HANDLES = frozenset(["RunHandle", "drain", "start_chain"])
"""What those of them offer whose runs have handles."""

_SEPARATORS = re.compile(r"[^0-9A-Za-z_\u0080-\U0010ffff]+")


def is_name(text: str) -> bool:
    """Whether `text` can stand bare: an identifier that is no keyword."""
    return text.isidentifier() and not keyword.iskeyword(text)


def python_name(text: str, reserved: Collection[str] = ()) -> str:
    """The snake_case identifier for `text`; empty where it has no letter or digit.

    An identifier stays as it is. A keyword or a reserved name gets an underscore at
    its end, as PEP 8 has it, and so does one with two underscores on either side,
    which is Python's.
    """
    name = unicodedata.normalize("NFKC", text)
    if not name.isidentifier():
        name = _SEPARATORS.sub("_", name).strip("_").lower()
        name = "".join(c for c in name if ("_" + c).isidentifier())
        if name and not name.isidentifier():
            name = f"_{name}"
    return f"{name}_" if _is_taken(name, reserved) else name


def variable_name(text: str) -> str:
    """The `python_name` of what is bound more than once: what looks like a constant is not."""
    name = python_name(text)
    return python_name(name.lower()) if name.isupper() else name


def fact_of(name: str, field: str) -> str:
    """The name under which a flow knows the fact `NAME.FIELD`; no name of a spec is like it."""
    return f"{name}\n{field}"


def is_fact(name: str) -> bool:
    """Say whether a name is one that only a flow knows, for no spec can write it."""
    return "\n" in name


LAST_ROUND = fact_of("loop", "last")
"""The name under which a flow knows whether a round is the last one."""


def record_of(step: str) -> str:
    """The name under which a flow knows the record of a step, not the step's value."""
    return fact_of(step, "\nfacts")


def own_record_of(record: str) -> str:
    """The name under which the function of a step knows the record that it fills."""
    return fact_of(record, "own")


def task_of(name: str) -> str:
    """The name under which a flow knows the task of `name`; no name of a spec is like it."""
    return fact_of(name, "\n")


def state_of(name: str) -> str:
    """The name under which a flow knows a state; no name of a spec is like it."""
    return fact_of("state", f"\n{name}")


def join_of(name: str) -> str:
    """The name under which a flow knows the join of step `name`; none of a spec is like it."""
    return fact_of(name, "\n\n")


def constant_name(name: str) -> str:
    """The constant of a connection."""
    constant = python_name(name).upper()
    return f"{constant}_" if constant in PUBLIC else constant


def class_name(text: str, reserved: Collection[str] = ()) -> str:
    """The PascalCase identifier for `text`, or empty where it has no letter."""
    parts = [part for part in python_name(text).split("_") if part]
    name = "".join(part[0].upper() + part[1:] for part in parts)
    if name and not name.isidentifier():
        name = f"C{name}"
    return f"{name}_" if _is_taken(name, reserved) else name


def _is_taken(name: str, reserved: Collection[str]) -> bool:
    is_pythons = _PYTHONS.fullmatch(name) is not None
    return keyword.iskeyword(name) or is_pythons or name in reserved


_PYTHONS = re.compile(r"__(?:\w*[^\W_])?__")

_OUTSIDE = re.compile("\ue000(\\w+)\ue001")


def outside(name: str) -> str:
    """A name of the run-time support, of an import or of Python, where Python is written.

    It is a hole, filled when it is known what the module calls it: names of the user's
    stand as they are, and what comes from outside gives way. No text of the user's can
    have such a hole, as none is written with characters that are not printable.
    """
    return f"\ue000{name}\ue001"


def fill_outside(text: str, spelled: Callable[[str], str]) -> str:
    """Python with the names from outside spelled as a module has them."""
    return _OUTSIDE.sub(lambda found: spelled(found[1]), text)


def target_parts(dotted: str) -> tuple[str, str]:
    """The module and the function of a target, `package.module:function` or with a dot."""
    sign = ":" if ":" in dotted else "."
    module, _, function = dotted.rpartition(sign)
    return module, function


def root_module(module: str) -> str:
    """The package that a module is in, at the top."""
    return module.partition(".")[0]
