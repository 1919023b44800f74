"""What modules offer to their callers, and what a change of it breaks."""
