"""Files of rows that tests name, which are of use only as a whole."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.links import held
from n3gen.project.regular import open_regular
from n3gen.project.row_formats import format_of, missing_rows
from n3gen.project.row_json import JsonLines
from n3gen.project.rows import BadRows, Row, RowFault, no_rows

__all__ = ["RowsFile"]


@dataclass(frozen=True, slots=True)
class RowsFile:
    """The rows of a file, reread whenever they are asked for; `path` is from the root."""

    path: str
    config: Config

    @classmethod
    def beside(cls, spec: str, name: str, config: Config) -> RowsFile:
        """The file of a name that the spec gives, relative to its own folder."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(spec), name))
        return cls(path, config)

    def __iter__(self) -> Iterator[Row]:
        """Raises `BadRows`."""
        number = 0
        reader = (format_of(self.path) or JsonLines)(self.path)
        try:
            absolute = held(self.config, self.path)
            with open_regular(absolute, self.path) as file:
                if file is None:
                    way_out = "the path is relative to the folder of the spec"
                    raise missing_rows(self.path, absolute, way_out)
                for row in reader.rows(file):
                    number = row.number
                    yield Row(number, row.line, reader.data(row))
        except RowFault as fault:
            raise fault.bad_rows(self.path, row.line) from fault
        except BadRows:
            raise
        except ProjectError as error:
            raise BadRows(str(error)) from error
        if not number:
            raise no_rows(f"`{self.path}`")
