"""Run-time support of the modules in this folder.

http/addresses.py: LIKE_AN_ADDRESS, address_fault
http/clients.py: HttpSource, REQUESTS_PER_CLIENT, CLIENT_WRAPPERS, NoneKept,
    HttpClients, tls_context, load_tls, clients_of, no_source, new_client,
    check_recordings, check_http, configure_http, CLIENTS, http_clients, close_clients,
    origin_of
http/codings.py: BOUND_CODINGS, bound_codings, check_coding
http/http_step.py: LARGEST_RESPONSE, http_request, text_of_body, sent_values, sent_text,
    send, asked_of, body_of, check_redirect, send_again
http/json_bodies.py: json_body, json_faults
http/secrets.py: SHORTEST_SECRET, variables_in, secret_values, hide_secrets,
    secret_hider, base64_forms, ways_to_write
http/server_words.py: LARGEST_ERROR, error_words
limits/durations.py: in_seconds
limits/permit.py: Permit
run/blocking.py: P, T, blocking
run/callables.py: connector
run/chain.py: Chain, Module, Options, check_options
run/command.py: RunEvents, View, LARGEST_INPUT, SILENT_SECONDS, without_view,
    command_parser, run_command, exit_code, record_of_events, not_printed, read_payload,
    unique_keys, read_earlier, read_connectors
run/deadline.py: Deadline
run/earlier.py: RENEWED, Earlier, payload_digest, digest_of
run/ending.py: record_of, steps_not_started, log_end
run/events.py: Ready, EventQueue
run/execute.py: Ended, execute_chain, execute, new_run
run/expressions.py: Expression, drop_own_traceback
run/handle.py: RunHandle, drain_runs, under_way, runs_ended
run/inputs.py: T, InputError, PayloadError, WrongPart, misfit, Kind, MOST_LISTED,
    REQUIRED, plain_kind, STR, is_list, is_dict, Fields
run/interrupts.py: cancel_on_sigterm
run/metrics.py: Metrics
run/process.py: process_state, loop_state, Limiter, llm_limiter
run/records.py: CONTROL, Status, StepExtras, StepRecord, RunResult, ChainError,
    ChainTimeout, Foreseen, StepError, RunCancelled, StepFailed, ChainStopped,
    StepTimeout, CANCELLED, LIMITS, cancel_task, count_cancelled, check_cancelled,
    is_being_cancelled, is_asked_to_end, is_stray, printable, describe_error,
    without_lossy_versions, to_json, written_json, has_twins, key_text, data_or_text,
    Harmless, text_of
run/run.py: T, ROUND, Run, Step, round_of, chain_logger
run/run_task.py: T, CALLER_HTTP, in_time, cancel_run, wait_for_end
run/settings.py: Defaults, variable, flag_setting, count_setting, seconds_setting
run/started.py: StartedRun, stream_run
run/text_files.py: open_text
run/time_limit.py: TimeLimit
values/address_parts.py: NOT_OF_HOSTS, host_part, path_part, query_part, query_text,
    address_text
values/json_data.py: json_data, plain_json, duration_text
values/lookups.py: MissingValue, get, read_field, what_there_is
values/text_filters.py: url_encode, pairs_of
values/whole_addresses.py: MARKED, part_behind, placed_part, whole_address, with_parts,
    web_part
"""
