"""n3gen compiles declarative AI chains into standalone asyncio modules."""

__version__ = "0.2.0"
