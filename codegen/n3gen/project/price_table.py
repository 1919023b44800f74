"""The table of prices in a configuration: prices by model, or what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from n3gen.diagnostics.suggest import nearest
from n3gen.prices import Price

__all__ = ["price_faults", "prices_of"]

_KEYS = Price._fields
_HIGHEST = 1_000_000_000
_EXAMPLE = '`[prices."gpt-4o-mini"]` with `input` and `output`'


def price_faults(table: Any) -> Iterator[str]:
    """What is wrong with the table, in one sentence each."""
    if not isinstance(table, dict):
        yield f"`prices` must be a table of models, such as {_EXAMPLE}, not {table!r}"
        return
    for model, prices in table.items():
        where = f'`prices."{model}"`'
        if not model.strip() or not model.isprintable():
            yield f"{where} is not the name of a model"
        elif not isinstance(prices, dict):
            yield f"{where} must be a table of `input` and `output`, not {prices!r}"
        else:
            yield from _faults(model, where, prices)


def _faults(model: str, where: str, prices: Mapping[str, Any]) -> Iterator[str]:
    dotted = next((k for k, value in prices.items() if isinstance(value, dict)), None)
    if dotted is not None:
        yield f'{where} holds a table; a name with dots is in quotes: `"{model}.{dotted}"`'
        return
    for key, value in prices.items():
        if key not in _KEYS:
            meant = nearest(key, _KEYS)
            known = f"known are {', '.join(_KEYS)}"
            hint = f"did you mean `{meant}`?" if meant else known
            yield f"unknown key `{key}` in {where}; {hint}"
        elif type(value) not in (int, float) or not 0 <= value <= _HIGHEST:
            yield (
                f"`{key}` in {where} must be a price per million tokens, a number "
                f"from 0, not {value!r}"
            )
    missing = [key for key in ("input", "output") if key not in prices]
    if missing and not set(prices) - set(_KEYS):
        yield f"{where} has no `{'` and no `'.join(missing)}`"


def prices_of(table: Mapping[str, Mapping[str, float]]) -> dict[str, Price]:
    """The prices in a table without faults."""
    return {
        model: Price(**{key: float(value) for key, value in prices.items()})
        for model, prices in table.items()
    }
