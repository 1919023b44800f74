"""Spans of OpenTelemetry: runs, steps, attempts, and calls to models, tools and servers."""
