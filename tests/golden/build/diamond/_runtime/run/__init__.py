"""Runs of chains: their steps, records, events and results."""
