"""Recordings of HTTP exchanges."""
