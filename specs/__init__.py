"""Example chains, the data that they run on, and a demo that runs them."""
