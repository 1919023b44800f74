"""Run-time support of the modules in this folder.

http/clients.py: HttpClient, CLIENTS, http_client, forget_closed_loops, close_clients,
    send, origin_of, http_request
http/http_lane.py: LaneOrigin, LARGEST_HEAD, MOST_UNREAD, HttpLane, is_ip_address,
    as_httpx_errors
http/lanes.py: MOST_IDLE_LANES, PROXY_KINDS, IDLE_LANE_SECONDS, lane_transport,
    LaneTransport, LaneStream
http/secrets.py: SHORTEST_SECRET, ENV_LINE, ESCAPES, secret_values, read_variable,
    read_env_file, parse_env_file, decode_utf8, unescape, secret_hider, base64_forms,
    ways_to_write
http/sockets.py: NEXT_ADDRESS_SECONDS, SocketAddress, connected_socket,
    server_addresses, connect_socket, close_others, close_socket
limits/permit.py: Permit
recordings/exchanges.py: KEPT_HEADERS, STREAM_TYPES, SECRET_HEADER, SECRET_PARAMETER,
    SHORTEST_RECORDED, Exchange, secrets_of, describe_request, path_of, media_type,
    describe_body, hide_bytes, hide_in, write_piece, read_piece, ReplayedStream,
    replay_answer
recordings/recordings.py: ReplayMiss, recording_transport, RecordTransport,
    RecordedStream, ReplayTransport, read_recording, unreadable, write_recording,
    describe_miss, lines_of
recovery/failures.py: FailureKind, ModelError
run/callables.py: connector
run/chain.py: ChainFacts, Chain, Module, Options, check_options
run/command.py: run_command, read_payload, read_connectors, json_text
run/ending.py: record_of, steps_not_started, log_end
run/events.py: Ready, EventQueue
run/execute.py: T, Ended, execute_chain, prepare_run, connectors_of, in_time,
    wait_for_end, end_wait, stream_run
run/inputs.py: T, InputError, Kind, REQUIRED, plain_kind, STR, Fields
run/metrics.py: Metrics
run/process.py: process_state, loop_state, Limiter, llm_limiter
run/records.py: StepExtras, StepRecord, RunResult, ChainError, ChainTimeout, StepError,
    StepTimeout, is_being_cancelled, is_stray, describe_error
run/run.py: T, ROUND, Run, Expression, Step, ComputedStep, round_path, chain_logger
run/settings.py: T, Defaults, variable, read_variable_as, flag_setting, count_setting,
    seconds_setting
values/lookups.py: MissingValue, get, read_field, what_there_is
"""
