"""The block words of `.ai`, each declared in a file of its own."""
