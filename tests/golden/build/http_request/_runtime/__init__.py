"""Run-time support of the modules in this folder.

http/clients.py: HttpSource, REQUESTS_PER_CLIENT, CLIENT_WRAPPERS, HttpClients,
    clients_of, new_client, check_recordings, configure_http, CLIENTS, http_clients,
    forget_closed_loops, close_clients, origin_of
http/http_step.py: LARGEST_RESPONSE, http_request, sent_values, sent_text, send,
    body_of, check_redirect, send_again
limits/permit.py: Permit
run/callables.py: connector
run/chain.py: CALLER_HTTP, ChainFacts, Chain, Module, Options, check_options
run/command.py: run_command, read_payload, read_connectors, json_text
run/ending.py: record_of, steps_not_started, log_end
run/events.py: Ready, EventQueue
run/execute.py: T, Ended, execute_chain, outcome, prepare_run, connectors_of, in_time,
    wait_for_end, end_wait, stream_run
run/inputs.py: T, InputError, Kind, REQUIRED, plain_kind, STR, Fields
run/metrics.py: Metrics
run/process.py: process_state, loop_state, Limiter, llm_limiter
run/records.py: StepExtras, StepRecord, RunResult, ChainError, ChainTimeout, StepError,
    StepTimeout, is_being_cancelled, is_stray, describe_error
run/run.py: T, ROUND, Run, Expression, Step, ComputedStep, round_path, chain_logger
run/settings.py: T, Defaults, variable, read_variable_as, flag_setting, count_setting,
    seconds_setting
values/address_parts.py: path_part, address_text
values/json_data.py: json_data, plain_json, duration_text
values/lookups.py: MissingValue, get, read_field, what_there_is
"""
