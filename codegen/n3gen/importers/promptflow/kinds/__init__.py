"""What each type of node becomes: a module for each, found by being there."""
