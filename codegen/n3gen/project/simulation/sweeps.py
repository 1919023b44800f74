"""Settings that a simulation varies: the limit on model calls, named limits, rates."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Final

from n3gen.diagnostics.suggest import nearest
from n3gen.project.errors import ProjectError
from n3gen.project.support_names import SupportNames
from n3gen.spec.model import Spec
from n3gen.traces.model import LimitUses

__all__ = ["UNLIMITED", "Configuration", "Setting", "configurations"]

UNLIMITED: Final = 1_000_000_000
"""So many permits are no limit."""

_LLM: Final = "llm"


@dataclass(frozen=True, slots=True)
class Setting:
    """What is varied, and one of its values; `None` is without a limit."""

    name: str
    value: int | None

    @property
    def words(self) -> str:
        return f"{self.name}={'none' if self.value is None else self.value}"

    def apply(self, module: ModuleType) -> None:
        """Set it in a module."""
        word, _, owner = self.name.partition(".")
        if word != _LLM:
            _APPLY[word](SupportNames(module), owner, self.value)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of one simulation; without any, it runs as the spec says."""

    settings: tuple[Setting, ...] = ()

    @property
    def words(self) -> str:
        return ", ".join(one.words for one in self.settings) or "as in the spec"

    @property
    def llm(self) -> int | None:
        """The limit on model calls, `None` where it is as configured."""
        found = next((one for one in self.settings if one.name == _LLM), None)
        return None if found is None else found.value or UNLIMITED

    def limits(self, uses: Mapping[str, LimitUses]) -> dict[str, LimitUses]:
        """Return what steps take of each limit, with as many permits as it has here."""
        varied = {one.name.removeprefix("limit."): one.value for one in self.settings}
        return {
            name: (
                use._replace(most=varied[name] or UNLIMITED) if name in varied else use
            )
            for name, use in uses.items()
        }

    def apply(self, module: ModuleType) -> None:
        """Set all of it in a module."""
        for setting in self.settings:
            setting.apply(module)


def configurations(texts: Iterable[str], spec: Spec) -> list[Configuration]:
    """Return all combinations of what options vary; raise `ProjectError`."""
    known = {_LLM: "", **_known(spec)}
    varied: dict[str, list[Setting]] = {}
    for text in texts:
        name, _, values = (part.strip() for part in text.partition("="))
        if name not in known:
            raise ProjectError(f"--sweep {text}: {_unknown(name, known, spec)}")
        if name in varied:
            raise ProjectError(f"--sweep {text}: `{name}` is varied twice")
        varied[name] = [Setting(name, value) for value in _values(text, values)]
    return [Configuration(chosen) for chosen in itertools.product(*varied.values())]


def _known(spec: Spec) -> dict[str, str]:
    """The names that can be varied."""
    names = [f"limit.{limit.name}" for limit in spec.limits]
    for connection in spec.connections:
        rate = getattr(connection, "rate_limit", None)
        for word, key in _RATES.items():
            if rate is not None and getattr(rate, key) is not None:
                names.append(f"{word}.{connection.name}")
    return dict.fromkeys(names, "")


def _unknown(name: str, known: Mapping[str, str], spec: Spec) -> str:
    word, _, owner = name.partition(".")
    if word in _RATES and owner in {found.name for found in spec.connections}:
        key = _RATES[word]
        return f"connection `{owner}` has no `{key}` to vary; give it one in the spec"
    meant = nearest(name, known)
    listed = ", ".join(f"`{one}`" for one in known)
    hint = f"did you mean `{meant}`?" if meant else f"what can be is {listed}"
    return f"`{name}` is nothing that can be varied; {hint}"


def _values(text: str, values: str) -> Iterator[int | None]:
    for value in values.split(","):
        value = value.strip()
        if value == "none":
            yield None
        elif value.isascii() and value.isdecimal() and 0 < int(value) <= UNLIMITED:
            yield int(value)
        else:
            raise ProjectError(
                f"--sweep {text}: `{value}` is neither a whole number from 1 nor "
                "`none`; write `llm=1,5,10`"
            )


def _named_limit(names: SupportNames, owner: str, value: int | None) -> None:
    for found in _instances(names, "NamedLimit"):
        if found.name == owner:
            found.permits = value or UNLIMITED


def _rate(key: str) -> Callable[[SupportNames, str, int | None], None]:
    def apply(names: SupportNames, owner: str, value: int | None) -> None:
        for found in _instances(names, "Connection"):
            if found.name == owner:
                changed = replace(found.rate_limit, **{key: value})
                object.__setattr__(found, "rate_limit", changed)

    return apply


def _instances(names: SupportNames, class_name: str) -> Sequence[Any]:
    class_ = names.get(class_name, ())
    return [value for value in names.values() if isinstance(value, class_)]


_RATES: Final = {
    "rate": "requests_per_minute",
    "tokens": "tokens_per_minute",
    "concurrent": "concurrent_requests",
}
_APPLY: Final[Mapping[str, Callable[[SupportNames, str, int | None], None]]] = {
    "limit": _named_limit,
    **{word: _rate(key) for word, key in _RATES.items()},
}
