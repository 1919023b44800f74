"""The bodies of requests as plain JSON data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

from ..run.inputs import is_dict, is_list
from ..values.json_data import json_data, plain_json

__all__ = ["json_body"]


def json_body(value: Any) -> Any:
    """Return the `json` of a request as plain data.

    Raises `ValueError` for a part that JSON does not have, such as a set or infinity.
    """
    try:
        body = plain_json(value)
        json.dumps(body, allow_nan=False)
    except (TypeError, ValueError) as error:
        fault = next(json_faults("json", value), f"`json` is not JSON: {error}")
        raise ValueError(fault) from None
    return body


def json_faults(place: str, value: Any) -> Iterator[str]:
    """Say of each part of some data that JSON does not have where it is."""
    if is_dict(value):
        for key, part in value.items():
            yield from json_faults(f"{place}.{key}", part)
    elif is_list(value):
        for index, part in enumerate(value):
            yield from json_faults(f"{place}[{index}]", part)
    elif isinstance(value, float) and not isfinite(value):
        yield f"`{place}` is {value}, a number that JSON does not have"
    elif value is not None and not isinstance(value, str | int | float):
        try:
            json_data(value)
        except TypeError as error:
            yield f"`{place}` cannot be sent: {error}"
