"""Jinja templates of generated modules, and the run-time support that lands in them."""
