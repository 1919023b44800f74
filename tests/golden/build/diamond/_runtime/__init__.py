"""Run-time support of the modules in this folder.

run/callables.py: P, Context, connector, call_connector, invoke, collect_items,
    collect_async_items, is_async
run/chain.py: CALLER_HTTP, ChainFacts, Chain, Module, Options, check_options
run/command.py: run_command, read_payload, read_connectors, json_text
run/ending.py: record_of, steps_not_started, log_end
run/events.py: Ready, EventQueue
run/execute.py: T, Ended, execute_chain, outcome, prepare_run, connectors_of, in_time,
    wait_for_end, end_wait, stream_run
run/group.py: T, Ts, Member, Group, warn_of_sequence
run/inputs.py: InputError
run/metrics.py: Metrics
run/process.py: process_state, loop_state, Limiter, llm_limiter
run/records.py: StepExtras, StepRecord, RunResult, ChainError, ChainTimeout, StepError,
    StepTimeout, is_being_cancelled, is_stray, describe_error
run/run.py: T, ROUND, Run, Expression, Step, ComputedStep, round_path, chain_logger
run/settings.py: T, Defaults, variable, read_variable_as, flag_setting, count_setting,
    seconds_setting
run/threads.py: P, T, MOST_THREADS, DaemonThreads, Settling, in_thread
values/json_data.py: json_data, duration_text
"""
