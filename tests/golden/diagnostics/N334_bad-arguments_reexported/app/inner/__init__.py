from ..texts import shrink as deep

__all__ = ["deep"]
