"""Actors: objects whose methods steps call, one message at a time."""
