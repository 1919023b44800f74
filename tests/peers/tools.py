"""The tools that models have called in these tests."""

from __future__ import annotations

__all__ = ["temperature"]

CELSIUS = {"Oslo": 7, "Rome": 18}


def temperature(city: str, unit: str = "C") -> str:
    """The temperature of a city, now.

    In degrees of Celsius (C) or Fahrenheit (F).
    """
    if city not in CELSIUS:
        raise LookupError(f"no such city: {city}")
    degrees = CELSIUS[city]
    return f"{degrees if unit == 'C' else round(degrees * 9 / 5 + 32)} {unit}"
