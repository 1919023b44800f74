"""Views of a run: its steps on a terminal while it runs, and its trace in a file."""
