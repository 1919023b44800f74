"""The workloads in other libraries, a file each.

A file has `NAME`, `DISTRIBUTION` (the installed package whose version is told), `CAP`
(who keeps the cap of the fan-out) and functions `sequence`, `fan_out`, `small` and
`dag` as in `benchmarks.hand`; one that is missing is something that the library does
not do.
"""
