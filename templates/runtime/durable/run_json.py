"""What runs keep in the database, as JSON that any program can read."""

from __future__ import annotations

import json
from typing import Any, cast

from dbos import PortableWorkflowError, Serializer

from ..values.json_data import json_data

__all__ = ["RunJson"]


class RunJson(Serializer):
    """Writes arguments, outcomes and records as JSON, models among them as their data."""

    def serialize(self, data: Any) -> str:
        """Return data as JSON; of an error its kind and its message."""
        if isinstance(data, BaseException):
            data = {"name": type(data).__name__, "message": str(data)}
            return json.dumps({"n3gen_error": data})
        return json.dumps(data, default=json_data)

    def deserialize(self, serialized_data: str) -> Any:
        """Return the data that was written."""
        data: Any = json.loads(serialized_data)
        if not isinstance(data, dict) or "n3gen_error" not in data:
            return cast(Any, data)
        found = cast("dict[str, dict[str, str]]", data)["n3gen_error"]
        return PortableWorkflowError(found["message"], found["name"])

    def name(self) -> str:
        """Return what the database calls this form."""
        return "n3gen_json"
