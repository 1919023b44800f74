"""What callers of one revision of a project would find broken in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from n3gen.diagnostics import Diagnostic, Label
from n3gen.interface.change_rules import (
    CallerMustGiveMore,
    ChainRemoved,
    InputNarrowed,
    ResultChanged,
    WorstCaseRaised,
)
from n3gen.interface.field_changes import Difference, moved_argument
from n3gen.interface.model import ChainInterface, Interface, ModuleInterface
from n3gen.interface.types import TypeComparison
from n3gen.interface.wait_changes import wait_changes
from n3gen.spec.types import parse_type

__all__ = ["Locate", "breaking_changes"]

Locate = Callable[[str, str | None, tuple[str, ...]], Label]
"""Where something of a module is: its chain, and keys inside of this, as far as found."""


def breaking_changes(
    before: Interface, after: Interface, locate: Locate
) -> Iterator[Diagnostic]:
    """Yield what breaks callers, module by module in the order of their names."""
    for name, old in sorted(before.modules.items()):
        new = after.modules.get(name)
        if new is None:
            label = locate(name, None, ())
            yield ChainRemoved.of_module(name, tuple(old.chains), label)
        else:
            yield from _Modules(name, old, new, after, locate).changes()


@dataclass(frozen=True, slots=True)
class _Modules:
    """One module in two revisions."""

    name: str
    before: ModuleInterface
    after: ModuleInterface
    all_after: Interface
    locate: Locate

    def changes(self) -> Iterator[Diagnostic]:
        for name in self.before.names:
            if name not in self.after.names:
                label = self.locate(self.name, None, ())
                yield ChainRemoved.of_name(self.name, name, label)
        for chain, old in self.before.chains.items():
            new = self.after.chains.get(chain)
            if new is None:
                label = self.locate(self.name, None, ())
                yield ChainRemoved.of_chain(chain, label, self._moved(chain))
                continue
            yield from self._input(chain, old, new)
            yield from self._result(chain, old, new)
            yield from self._needs(chain, old, new)
            yield from self._bounds(chain, old, new)

    def _moved(self, chain: str) -> str | None:
        """The module that a chain of that name is in now."""
        modules = self.all_after.modules.items()
        return next((name for name, one in modules if chain in one.chains), None)

    def _types(self, *, given: bool) -> TypeComparison:
        return TypeComparison(self.before.types, self.after.types, given)

    def _input(
        self, chain: str, old: ChainInterface, new: ChainInterface
    ) -> Iterator[Diagnostic]:
        if old.input is None or new.input is None:
            if old.input is not new.input:
                label = self.locate(self.name, chain, ("input",))
                yield InputNarrowed.of_whole(chain, new.input is not None, label)
            return
        found = [*self._types(given=True).fields(old.input, new.input)]
        if moved := moved_argument(old.input, new.input):
            found.append(moved)
        for path, what in dict.fromkeys(found):
            label = self.locate(self.name, chain, ("input", *path[:1]))
            yield InputNarrowed.of(chain, ".".join(path), what, label)

    def _result(
        self, chain: str, old: ChainInterface, new: ChainInterface
    ) -> Iterator[Diagnostic]:
        before, after = old.value, new.value
        if before is None or after is None:  # a baseline of before they were kept
            before, after = parse_type(old.result), parse_type(new.result)
        found = [*self._types(given=False).types(before, after)]
        if not found:
            gone = [key for key in old.result_keys if key not in new.result_keys]
            found = [Difference((key,), "is gone") for key in gone]
        for path, what in dict.fromkeys(found):
            label = self.locate(self.name, chain, ("result",))
            yield ResultChanged.of(chain, ".".join(path), what, label)

    def _needs(
        self, chain: str, old: ChainInterface, new: ChainInterface
    ) -> Iterator[Diagnostic]:
        label = self.locate(self.name, chain, ())
        sentences = [
            *_added(old.connectors, new.connectors, "needs the connector `{}` now"),
            *_added(old.variables, new.variables, "needs the variable `{}` now"),
            *_added(old.answers, new.answers, "waits for the answer `{}` now"),
            *_added(new.answers, old.answers, "no longer takes the answer `{}`"),
            *_added(old.channels, new.channels, "is fed by the channel `{}` now"),
            *_added(new.channels, old.channels, "no longer takes the channel `{}`"),
            *self._answers(old.answers, new.answers),
            *(
                sentence
                for name, wait in old.waits.items()
                if name in new.waits
                for sentence in wait_changes(name, wait, new.waits[name])
            ),
        ]
        for sentence in dict.fromkeys(sentences):
            yield CallerMustGiveMore.of(chain, sentence, label)

    def _answers(
        self, before: Mapping[str, str], after: Mapping[str, str]
    ) -> Iterator[str]:
        for name, old in before.items():
            if name in after:
                types = parse_type(old), parse_type(after[name])
                for path, what in self._types(given=True).types(*types):
                    inner = "".join(f".{part}" for part in path)
                    yield f"takes other answers: `{name}{inner}` {what}"

    def _bounds(
        self, chain: str, old: ChainInterface, new: ChainInterface
    ) -> Iterator[Diagnostic]:
        label = self.locate(self.name, chain, ())
        time, calls = old.worst_case, old.model_calls
        if _is_raised(time, new.worst_case):
            bounds = _seconds(time), _seconds(new.worst_case)
            yield WorstCaseRaised.of(chain, "can take {}", *bounds, label)
        if _is_raised(calls, new.model_calls):
            bounds = _times(calls), _times(new.model_calls)
            yield WorstCaseRaised.of(chain, "can ask models {}", *bounds, label)
        if _is_raised(old.most_tokens, new.most_tokens):
            bounds = _tokens(old.most_tokens), _tokens(new.most_tokens)
            yield WorstCaseRaised.of(chain, "can use {}", *bounds, label)
        yield from self._cost(chain, old, new, label)

    def _cost(
        self, chain: str, old: ChainInterface, new: ChainInterface, label: Label
    ) -> Iterator[Diagnostic]:
        """Compare costs; where calls have lost their bound, that is said of them alone."""
        before, after = old.worst_cost, new.worst_cost
        if before is None:
            return
        if after is None and new.unpriced:
            yield WorstCaseRaised.of_unpriced(chain, new.unpriced, before, label)
        elif after is None and _is_raised(old.model_calls, new.model_calls):
            return
        elif _is_raised(before, after):
            bounds = _money(before), _money(after)
            yield WorstCaseRaised.of(chain, "can cost {}", *bounds, label)


def _added(
    before: tuple[str, ...] | Mapping[str, str],
    after: tuple[str, ...] | Mapping[str, str],
    sentence: str,
) -> Iterator[str]:
    """A sentence for each name that only the second has."""
    for name in after:
        if name not in before:
            yield sentence.format(name)


def _is_raised(before: float | None, after: float | None) -> bool:
    """Whether a bound is higher than before; `None` is no bound."""
    return before is not None and (after is None or after > before)


def _seconds(bound: float | None) -> str:
    return "any time" if bound is None else f"{bound:g} s"


def _times(bound: int | None) -> str:
    if bound is None:
        return "any number of times"
    return "once" if bound == 1 else f"{bound} times"


def _tokens(bound: int | None) -> str:
    return "any number of tokens" if bound is None else f"{bound} tokens"


def _money(cost: float | None) -> str:
    """A cost with at least four digits that count."""
    if cost is None:
        return "any sum"
    return f"about {cost:.4f}" if cost >= 1 else f"about {cost:.4g}"
