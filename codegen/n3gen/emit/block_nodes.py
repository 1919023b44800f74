"""The nodes of blocks: branches, loops, races, deadlines."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.nodes import Call, Node, Place, Scope
from n3gen.expressions import Code

__all__ = [
    "Branch",
    "Branches",
    "Contender",
    "For",
    "If",
    "Match",
    "MatchCase",
    "PooledFor",
    "Race",
    "ReturnUntil",
    "Round",
    "StepNames",
    "Tolerated",
    "While",
    "Within",
]


@dataclass(frozen=True, slots=True)
class Branch:
    """Statements that may run, its own steps, and those that are skipped if it runs."""

    skipped: tuple[str, ...]
    steps: tuple[str, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class StepNames:
    """The names of all steps of a block, and the variable of them."""

    variable: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of a block; with `listed` these are the steps that a branch skips."""

    found: tuple[Branch, ...]
    otherwise: Branch
    listed: StepNames | None


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if`, `elif` and `else`.

    `outcome` is the variable of the value, if it is read, which is `untaken` where no
    branch runs. It is declared here where the block `declares` it.
    """

    template = "blocks/if.py.j2"

    outcome: str | None
    untaken: Code
    place: Place | None
    conditions: tuple[Code, ...]
    branches: Branches
    declares: bool


@dataclass(frozen=True, slots=True)
class MatchCase:
    """The literals of a case, and the truths that it is not for: `True` is 1 in Python."""

    values: tuple[Code, ...]
    truths: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Match(Node):
    """`match` on the value of an expression."""

    template = "blocks/match.py.j2"

    outcome: str | None
    untaken: Code
    subject: Code
    cases: tuple[MatchCase, ...]
    branches: Branches
    declares: bool


@dataclass(frozen=True, slots=True)
class Round:
    """What is said of a loop's rounds: its name and its steps, skipped if there is none."""

    name: str
    steps: tuple[str, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for`, one round after another; `variables` hold the item and what is read of `loop`."""

    template = "blocks/for.py.j2"

    outcome: str | None
    place: Place
    variables: tuple[str, ...]
    items: Code
    round: Round
    declares: bool


@dataclass(frozen=True, slots=True)
class ReturnUntil(Node):
    """The value of a round, which is the last one where the condition holds."""

    template = "flow/return_until.py.j2"

    condition: Code
    place: Place | None
    value: Code


@dataclass(frozen=True, slots=True)
class Tolerated:
    """How many rounds may fail, and the variable that counts them.

    A percentage may be one `of` the items.
    """

    variable: str
    most: Code
    is_percent: bool
    of: Code | None


@dataclass(frozen=True, slots=True)
class PooledFor(Node):
    """`for` whose rounds a pool of workers runs.

    `pool` is its class and `workers` their number; `key` names a round. Where
    `keeps_errors` is true, the error record of a failed round is its value. An
    outcome that `is_returned` is bound to no variable.
    """

    template = "blocks/pooled_for.py.j2"

    outcome: str | None
    line: int
    pool: Code
    name: str
    steps: tuple[str, ...]
    workers: Code
    variable: str
    items: Code
    key: Code | None
    call: Call
    keeps_errors: bool
    tolerated: Tolerated | None
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class Contender:
    """A call that competes with others, by the name of what it runs."""

    name: str
    function: str
    arguments: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Race(Node):
    """Contenders of which the first, or the first `count`, count.

    `variable` is that of the race itself, `type` that of their values. With `stagger`
    they start that many seconds apart. `winner` is the variable of the name of the one
    that won, if it is read. An outcome that `is_returned` is bound to no variable.
    """

    template = "blocks/race.py.j2"

    variable: str
    type: Code
    outcome: str | None
    winner: str | None
    line: int
    count: int
    stagger: Code | None
    contenders: tuple[Contender, ...]
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class While(Node):
    """`while`, with at most `most` rounds.

    `before` is the variable of what a round leaves for the next one, `kept` what is in
    it. The condition is asked as a round begins or, where `asks_after` is true, as it
    ends. `index` is the variable of the round's number, `exhausted` that of whether all
    rounds have run, each if it is read.
    """

    template = "blocks/while.py.j2"

    outcome: str | None
    place: Place | None
    condition: Code
    most: int
    round: Round
    value: Code | None
    before: str | None
    kept: Code | None
    asks_after: bool
    declares: bool
    index: str | None
    exhausted: str | None


@dataclass(frozen=True, slots=True)
class Within(Scope):
    """A body that is cut off after `seconds`; then `otherwise` runs, if there is one."""

    template = "blocks/within.py.j2"
    opening = "blocks/within.opening.j2"

    outcome: str | None
    line: int
    seconds: Code
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...] | None
    declares: bool

    @property
    def statements(self) -> tuple[Node, ...]:
        return self.body

    @property
    def is_bare(self) -> bool:
        return self.otherwise is None and self.outcome is None
