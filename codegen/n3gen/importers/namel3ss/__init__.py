"""Apps of namel3ss, by the grammar of its spec 1.0, as chains."""

from n3gen.importers.namel3ss.importing import import_app

__all__ = ["import_app"]
