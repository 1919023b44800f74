"""Runs that have ended, as pictures: what ran when, what it waited for, what held it up."""
