"""Run-time support of the modules in this folder.

run/blocking.py: P, T, blocking
run/callables.py: P, Context, ASYNC, connector, require_connectors, fault_of_call,
    call_connector, invoke, call_in_thread, collect_items, collect_async_items, is_async
run/chain.py: Chain, Module, Options, check_options
run/command.py: RunEvents, View, LARGEST_INPUT, SILENT_SECONDS, without_view,
    command_parser, run_command, exit_code, record_of_events, not_printed, read_payload,
    unique_keys, read_earlier, read_connectors
run/deadline.py: Deadline
run/earlier.py: RENEWED, Earlier, payload_digest, digest_of, apart
run/ending.py: record_of, steps_not_started, log_end
run/events.py: Ready, EventQueue
run/execute.py: Ended, execute_chain, execute, new_run
run/expressions.py: T, drop_own_traceback, ComputedStep, computed
run/group.py: T, Ts, Member, Group, run_from, warn_of_sequence
run/handle.py: RunHandle, drain_runs, under_way, runs_ended
run/inputs.py: InputError
run/interrupts.py: cancel_on_sigterm
run/metrics.py: Metrics
run/process.py: process_state, loop_state, Limiter, llm_limiter
run/records.py: CONTROL, Status, StepExtras, StepRecord, RunResult, ChainError,
    ChainTimeout, Foreseen, StepError, RunCancelled, StepFailed, ChainStopped,
    StepTimeout, CANCELLED, LIMITS, cancel_task, count_cancelled, check_cancelled,
    is_being_cancelled, is_asked_to_end, is_stray, printable, describe_error,
    without_lossy_versions, to_json, written_json, has_twins, key_text, data_or_text,
    Harmless, text_of
run/replaced.py: check_replaced, is_slip
run/run.py: T, ROUND, Run, Step, round_of, chain_logger
run/run_task.py: T, CALLER_HTTP, in_time, cancel_run, wait_for_end
run/settings.py: Defaults, variable, flag_setting, count_setting, seconds_setting
run/started.py: StartedRun, stream_run
run/tasks.py: T, Tasks
run/text_files.py: open_text
run/threads.py: P, T, MOST_THREADS, Caught, DaemonThreads, in_thread, error_of_thread
values/json_data.py: json_data, plain_json, duration_text
"""
