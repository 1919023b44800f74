"""Failures, retries and fallbacks."""
