"""Campaigns that look for faults at random, for as long as they are given.

`make soak` runs them for minutes, `make test` a few rounds of each. Every one takes a
seed, prints what it found, and exits with 1 where that is anything.
"""
