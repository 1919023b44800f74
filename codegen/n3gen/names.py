"""Takes names as specs spell them; hands on the Python identifiers that stand for them."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection

__all__ = [
    "BUILTINS",
    "LOCALS",
    "RESERVED",
    "class_name",
    "is_name",
    "python_name",
    "root_module",
    "target_parts",
]

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
"""Names that a module must not cover, as its own code and linters count on them."""

RESERVED = frozenset("""
    ABC ANSWER_FILES ANSWER_LEAD ANSWER_LIMITS ANSWER_MARK ANSWER_TOOL ANY
    ANY_FAILURE AbstractAsyncContextManager Admission AnswerCache AnswerFile
    AnswerForm AnswerSchema AnthropicModel Any AsyncExitStack AsyncGenerator
    AsyncIterable AsyncIterator Awaitable BOOL BUSY_SECONDS BaseModel
    BrokenExecutor Budget CALLER_HTTP CHAINS CLIENTS CLIENT_WRAPPERS CLOCK_GRAIN
    CONNECTION_CLASSES CREATE_ANSWERS CacheError CallFailure Callable Chain
    ChainError ChainFacts ChainTimeout ChatCompletion ChatReader ChatTurn
    ClassVar ComputedStep ConfigDict Connection Context ContextVar CookieJar
    Coroutine Counter DEEPEST_EXAMPLE DEEPEST_JSON DefaultCookiePolicy Defaults
    ENV_LINE ESCAPES EmbedCall Ended Env EventDecoder EventQueue Exchange
    Executor Expression FENCE_LINE FLOAT FailureKind Fallback FallbackError
    Field Fields FoundJson FunctionType GEMINI_OWN_OPTIONS GEMINI_REFUSALS
    GEMINI_SLIPS Gate GatePlace GeminiModel GeminiReader Generator Generic Group
    HOPELESS HttpCall HttpClients HttpConnection HttpModel HttpPrompt HttpSource
    INT InputError Iterable Iterator JSON_BRACKET JSON_ODD JSON_OPENER
    JSON_QUOTES JSON_SPECIAL JSON_TAIL JSON_TOKEN JSON_UNHALVED JSON_WORDS
    JsonNode JsonSchema K KEPT_HEADERS KIND_OF_CUT Kind LARGEST_BODY
    LARGEST_ERROR LARGEST_IMAGE LAST_WORD LINE_END LONGEST_BACK_OFF
    LONGEST_ERROR LONGEST_FAULT LONGEST_PATH LONGEST_RESET LONGEST_RETRY_AFTER
    Limiter Literal LocalModel Loop LooseJson MESSAGES_VERSION MODULE
    MOST_ANSWER_TOKENS MOST_CANDIDATES MOST_FAULTS MOST_JSON_VALUES
    MOST_LISTED_FAULTS MOST_REDIRECTS Mapping Member MemoryCache MessageReader
    Metrics MissingValue ModelAnswer ModelCall ModelConversation ModelError
    ModelImage ModelPrice ModelRequest ModelTool Module ModuleType NONE
    NamedTuple NoneType NotRequired OLLAMA_OWN_OPTIONS ORNAMENTS OTHERS_MAY_DO
    OWN_FAULTS OllamaModel OllamaReader OpenAIModel OpenAIResponsesModel Options
    OrderedDict OutputType P Pace ParamSpec Parameter PartialReader Partials
    Path PayloadType Permit ProcessContext ProcessPoolExecutor Progress Protocol
    PydanticUserError PythonTool RATE_HEADER RATE_WINDOW REQUESTS_PER_CLIENT
    REQUIRED RESET_PART RESET_UNITS ROUND RateLimit Ready RecordTransport
    RecordedStream ReplayMiss ReplayTransport ReplayedStream RequestParts
    ResponseReader Retries Retry Run RunResult SCHEMA_UNIONS SECONDS_TO_CLOSE
    SECRET_HEADER SECRET_PARAMETER SHORTEST_RECORDED SHORTEST_SECRET
    STATUS_OF_CODE STATUS_OF_ERROR STR STREAM_TYPES STRICT_ITEMS Self Sequence
    ServerEvent Sized Spending SqliteCache Step StepError StepRecord StepTimeout
    StreamReader StreamedCall T THOUGHTS TIMEOUT_CLASSES TIMER_LATENESS
    TOOL_NAME TOO_LONG TRANSIENT TYPE_CHECKING TYPE_OF_ENDING TextVectors
    ThreadPoolExecutor Timeouts TokenUsage ToolArguments ToolCall ToolResult
    TracebackType Transfer Ts TypeAdapter TypeGuard TypeVar TypeVarTuple Typed
    TypedDict UNCERTAIN UTC Union UnionType VARIADIC VECTOR_LENGTH
    ValidationError ValueGroup WRAPPED_ANSWER Waiters WantedCall
    WeakKeyDictionary abstractmethod aclose aclosing adapter all_failed
    annotations answer_form answer_headers answer_in answer_start answer_tool
    answer_wanted anthropic_schema anthropic_tool anthropic_usage argument_field
    arguments_model arguments_text ask asyncio attribute_of b64decode b64encode
    bare_words base64 base64_forms batch_items binascii bisect bisect_right
    blake2b cache cached_property call_chain call_connector call_head call_key
    can_read cast caught_up certain_part chain_logger chat_messages chat_tool
    chat_usage check_options check_recordings checked_part chosen_model
    clients_of close_caches close_clients closing_after collect_items configure
    configure_http connector connectors_of content_blocks content_text
    contextmanager contextvars copy copy_context count_in count_run
    count_setting count_words create_model dataclass datetime decode_utf8 deque
    describe_body describe_error describe_miss describe_request dict_of difflib
    drop_process_pool embed enumerated error_words escape_special
    estimate_tokens example_of execute_chain extract_summary failure_of
    faults_of fenced_parts field find_json first_defined first_of flag_setting
    foreign_failure forget_closed_loops format_text functools gate_of
    gemini_calls gemini_options gemini_tool gemini_turn gemini_usage get
    get_args get_item get_or get_origin group_by groupby growing_fields
    growing_items growing_part has has_own_clock hashlib hide_bytes hide_in
    hide_secrets http_clients http_request httpx image_address image_part
    image_source image_type importlib in_time indent_text innermost input_items
    inspect invalid_answer invoke invoke_in_process is_among is_any_text
    is_async is_being_cancelled is_context is_defined is_dict is_equal
    is_integer is_iterable is_json is_late is_list is_mapping is_same
    is_sequence is_stray is_strict is_too_long items_of itertools
    join_surrogates joined_address joined_turns json json_data json_scalar
    json_string json_text key_of kind_of last_of lines_of list_of llm_limiter
    logging loop_state looped lower lru_cache map_label map_labels math max_of
    media_type metrics min_of missing_variables model_path multiprocessing
    name_missing named_schema new_client nullcontext object_in objects_in
    ollama_messages ollama_options one_of or_else origin_of os parse_answer
    parse_env_file parse_found parse_text parsedate_to_datetime part_text
    partial path_of plain_body plain_data plain_kind prepare_run process_context
    process_pool process_state raise_told_error random rate_headers re
    read_arguments read_calls read_connectors read_data_address read_env
    read_env_file read_field read_image read_image_file read_message
    read_payload read_piece read_recording read_result read_setting
    read_variable record_of recorded repeat replace replay_answer
    require_variables reset_seconds response_format response_tool response_usage
    retry_after_of reverse_of round_path round_to rounds run_chain run_command
    run_in_pool run_printing schema_instruction schema_name schema_options
    schemas_of seconds_setting seconds_until secret_hider secret_values
    secrets_of send send_again settle_task should_retry_of skip_steps
    slice_items socket sort_dict sort_items sort_key sqlite3 ssl stand_in stat
    steps_not_started stream_chain stream_run strict_schema strip_data sub_run
    suppress sys system_with_schema tell_retry text_in text_in_json textwrap
    thread_pool threading time title_text to_float to_int to_json to_plain
    told_error tool_arguments tool_text truncate_text try_again unescape
    union_of unique_items unquote_to_bytes unreadable urlencode urlsplit
    usage_of use_recordings uuid4 validate variable warn_of_sequence
    ways_to_write what_there_is whole_number word_vector words_of work_in_thread
    wrap_text write_ahead write_piece write_recording write_result
    """.split())  # noqa: SIM905
"""Names of a generated module that no chain, step function or type may take."""

LOCALS = frozenset("""
    ANY_FAILURE Any Budget Context EmbedCall Fallback Group HttpPrompt Loop MODULE
    MissingValue ModelCall Permit PythonTool Retry Run Typed ValueGroup _ ask
    asyncio attempt batch_items before call_chain call_connector call_key count_words embed
    enumerated first_defined first_of format_text get get_item get_or group group_by
    has http_request indent_text inner invoke invoke_in_process is_defined is_equal
    is_integer is_iterable is_mapping is_same is_sequence items_of json_data last_of
    looped max_of min_of model_call options or_else payload process_context read_env
    read_field read_image require_variables result reverse_of round_to rounds run
    skip_steps slice_items sort_dict sort_items sort_key step sub_run title_text
    to_float to_int to_json truncate_text try_again unique_items validate
    what_there_is wrap_text
    """.split())  # noqa: SIM905
"""Names that the code of a chain reads, so that no variable in it may cover them."""

_SEPARATORS = re.compile(r"[^0-9A-Za-z_\u0080-\U0010ffff]+")


def is_name(text: str) -> bool:
    """Whether `text` can stand bare: an identifier that is no keyword."""
    return text.isidentifier() and not keyword.iskeyword(text)


def python_name(text: str, reserved: Collection[str] = ()) -> str:
    """The snake_case identifier for `text`; empty where it has no letter or digit.

    An identifier stays as it is. A keyword, a builtin or a reserved name gets
    an underscore at its end, as PEP 8 has it.
    """
    name = unicodedata.normalize("NFKC", text)
    if not name.isidentifier():
        name = _SEPARATORS.sub("_", name).strip("_").lower()
        name = "".join(c for c in name if ("_" + c).isidentifier())
        if name and not name.isidentifier():
            name = f"_{name}"
    if keyword.iskeyword(name) or name in BUILTINS or name in reserved:
        name += "_"
    return name


def class_name(text: str, reserved: Collection[str] = ()) -> str:
    """The PascalCase identifier for `text`, or empty where it has no letter."""
    parts = [part for part in python_name(text).split("_") if part]
    name = "".join(part[0].upper() + part[1:] for part in parts)
    if name and not name.isidentifier():
        name = f"C{name}"
    if keyword.iskeyword(name) or name in BUILTINS or name in reserved:
        name += "_"
    return name


def target_parts(dotted: str) -> tuple[str, str]:
    """The module and the function of a target, `package.module:function` or with a dot."""
    sign = ":" if ":" in dotted else "."
    module, _, function = dotted.rpartition(sign)
    return module, function


def root_module(module: str) -> str:
    """The package that a module is in, at the top."""
    return module.partition(".")[0]
