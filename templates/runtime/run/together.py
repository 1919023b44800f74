"""Scopes in which all members run together, whatever the run says of parallel steps."""

from __future__ import annotations

from types import TracebackType

from .group import Group

__all__ = ["Together"]


class Together(Group):
    """Members that run together: the first failure cancels the others and awaits them."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            await self.run_together()
