"""The rules of names, order, limits and types: a class each, its docstring its page."""
