from elsewhere import foreign

from .inner import deep
from .texts import LIMIT, count, gone
from .texts import shrink as smaller

__all__ = ["LIMIT", "count", "deep", "foreign", "gone", "smaller"]
