"""Runs that survive their process, on DBOS Transact."""
