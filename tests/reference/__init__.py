"""The language told a second time, naively: what compiled modules are compared with.

`interpreter` runs the data of a spec, with `kinds` of steps, `blocks` and `loops`;
`random_chains` draws such data, with `drawn_steps`, `drawn_blocks` and `drawn_loops`;
`callables` is what steps call in either. A new construct is a function in each.

What is drawn, in chains that both run (`fuzz_runs`) and in specs whose modules are built,
imported and run against callables that fail and take time (`fuzz_specs`):

| construct | runs | specs |
| --- | --- | --- |
| order: `parallel`, `depends_on`, joins, `background`, `cancel`, `schedule: dag` | yes | yes |
| `if`, `match`, `do`, `parallel:`, `race`, `within`, `while`, `for` | yes | yes |
| `for` over lists, mappings, `stream(...)` that takes time, fails, is left early | yes | yes |
| channels: `send`, back pressure, closing, loops that end before the last item | yes | yes |
| `batch`, `key`, `until`, `tolerate`, `on_error: continue`, `loop.index` | yes | yes |
| `on_error` clauses and `finally` of bodies and of steps, `on_skip` | yes | yes |
| facts: `steps.x.status`, `.attempts`, `.error`, `NAME.winner` | yes | yes |
| `retry`, `fallback`, `timeout`, deadlines, cancellations, going on from a record | yes | yes |
| `limit`, `priority`, `max_parallel` | yes | yes |
| `value`, `emit`, `wait` for a time, `fail`, `stop`, `state` of a run | yes | yes |
| called chains; pipelines with lines of stages that stream | yes | yes |
| `llm`, `http`, `embed`, tools, caches, typed answers, `remember`, `budget` | no | yes |
| actors, questions to people, `max_depth`, states of the process, tests | no | yes |
| states that are stored, actors in processes, `executor`, `use`, rows of tests | no | no |
"""
