"""Chains simulated: the modules that specs build to, on a virtual clock, under load."""
