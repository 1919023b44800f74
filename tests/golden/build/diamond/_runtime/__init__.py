"""Run-time support of the modules in this folder.

run/callables.py: P, Context, connector, call_connector, invoke, work_in_thread,
    run_in_pool, collect_items, is_async, thread_pool
run/chain.py: Chain, Module, Options, check_options
run/command.py: run_command, closing_after, run_printing, read_payload, read_connectors,
    json_text, strip_data, to_plain
run/ending.py: record_of, usage_of, steps_not_started, count_run
run/events.py: Ready, EventQueue
run/execute.py: T, Ended, execute_chain, prepare_run, connectors_of, name_missing,
    in_time, settle_task, is_late, stream_run
run/group.py: T, Member, Group, warn_of_sequence
run/inputs.py: InputError
run/metrics.py: Metrics
run/process.py: process_state, Limiter, llm_limiter
run/records.py: StepRecord, RunResult, ChainError, ChainTimeout, StepError, StepTimeout,
    is_being_cancelled, is_stray, describe_error
run/run.py: T, ROUND, Run, Step, round_path, chain_logger
run/settings.py: Defaults, variable, flag_setting, count_setting, seconds_setting
"""
