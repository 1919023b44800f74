"""Types as a spec writes them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["TypeRef"]


class TypeRef(BaseModel):
    """A type as a spec writes it.

    `name` is `str`, `int`, `float`, `bool`, `any`, `none`, `list`, `dict`,
    `union`, `one of`, or a declared type's name. `args` are the item type of a
    list, the key and value types of a dict, the members of a union. `values` are
    the literals of `one of`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    args: tuple[TypeRef, ...] = ()
    values: tuple[str | int | float | bool | None, ...] = ()

    @property
    def may_be_none(self) -> bool:
        """Whether none is among its values; of `any` nothing is known."""
        is_none = self.name == "none" or None in self.values
        return is_none or (
            self.name == "union" and any(member.may_be_none for member in self.args)
        )


TypeRef.model_rebuild()
