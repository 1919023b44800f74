"""Takes names as specs spell them; hands on the Python identifiers that stand for them."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection

__all__ = ["BUILTINS", "LOCALS", "RESERVED", "class_name", "is_name", "python_name"]

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
"""Names that a module must not cover, as its own code and linters count on them."""

RESERVED = frozenset("""
    ANY Any AsyncExitStack AsyncGenerator Awaitable BOOL BaseModel BrokenExecutor
    CHAINS CLIENTS Callable Chain ChainError ChainTimeout Context ContextVar
    CookieJar Coroutine Counter DefaultCookiePolicy Defaults Ended Env EventQueue
    Executor FLOAT Fields Generator Generic Group INT InputError Iterable Iterator K
    Kind Limiter Literal LocalModel Loop MODULE Mapping Member Metrics MissingValue
    ModelCall ModelError Module ModuleType NONE NamedTuple NotRequired OpenAIModel
    Options OrderedDict P ParamSpec Permit ProcessContext ProcessPoolExecutor
    REQUIRED ROUND Ready Run RunResult STR Self Sequence Sized Step StepError
    StepRecord StepTimeout T ThreadPoolExecutor TracebackType TypeAdapter TypeGuard
    TypeVar TypedDict ValueGroup WeakKeyDictionary aclose aclosing adapter
    annotations asyncio batch_items cache call_connector cast chain_logger
    check_options close_clients collect_items connector connectors_of contextvars
    copy count_run count_setting count_words dataclass deque describe_error dict_of
    drop_process_pool enumerated execute_chain extract_summary field first_defined
    first_of flag_setting forget_closed_loops format_text functools get get_item
    get_or group_by groupby has http_client http_request httpx importlib in_time
    indent_text inspect invoke invoke_in_process is_async is_being_cancelled
    is_defined is_dict is_equal is_integer is_iterable is_late is_list is_mapping
    is_same is_sequence is_stray items_of json json_data json_text kind_of last_of
    list_of llm_limiter logging looped lru_cache math max_of metrics min_of
    multiprocessing name_missing one_of or_else origin_of os parse_json plain_kind
    prepare_run process_context process_pool process_state re read_connectors
    read_env read_field read_payload read_setting record_of reverse_of round_path
    round_to rounds run_chain run_command run_in_pool run_printing seconds_setting
    send settle_task skip_steps slice_items sort_dict sort_items sort_key
    steps_not_started stream_chain stream_run strip_data sub_run suppress sys
    textwrap thread_pool title_text to_float to_int to_json to_plain truncate_text
    union_of unique_items validate variable warn_of_sequence what_there_is
    work_in_thread wrap_text
    """.split())  # noqa: SIM905
"""Names of a generated module that no chain, step function or type may take."""

LOCALS = frozenset("""
    Any Context Group Loop MODULE MissingValue ModelCall Permit Run ValueGroup _
    asyncio batch_items before call_connector count_words enumerated first_defined
    first_of format_text get get_item get_or group group_by has http_request
    indent_text inner invoke invoke_in_process is_defined is_equal is_integer
    is_iterable is_mapping is_same is_sequence items_of json_data last_of looped
    max_of min_of model_call options or_else parse_json payload process_context
    read_env read_field result reverse_of round_to rounds run skip_steps slice_items
    sort_dict sort_items sort_key step sub_run title_text to_float to_int to_json
    truncate_text unique_items validate what_there_is wrap_text
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
