"""Calls to models: prompts, pictures, tools."""
