"""Permits, rates and budgets."""
