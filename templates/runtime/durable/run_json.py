"""What runs keep in the database, as JSON that any program can read."""

from __future__ import annotations

import json
from typing import Any

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
        data = json.loads(serialized_data)
        if isinstance(data, dict) and "n3gen_error" in data:
            error: dict[str, str] = data["n3gen_error"]
            return PortableWorkflowError(error["message"], error["name"])
        return data

    def name(self) -> str:
        """Return what the database calls this form."""
        return "n3gen_json"
