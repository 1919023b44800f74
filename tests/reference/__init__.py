"""The language told a second time, naively: what compiled modules are compared with.

`interpreter` runs the data of a spec, `random_chains` draws such data, `callables` is
what steps call in either. A new construct is one function in each of the first two.
"""
