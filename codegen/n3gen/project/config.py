"""The project around a folder: its root and its configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from n3gen.diagnostics.suggest import nearest
from n3gen.prices import Price
from n3gen.project.by_path import BY_PATH, Stated, stated_for
from n3gen.project.errors import ProjectError
from n3gen.project.price_table import price_faults, prices_of
from n3gen.project.regular import read_regular
from n3gen.project.setting_values import wanted_value

if TYPE_CHECKING:
    from n3gen.compiler import Options

__all__ = [
    "CONFIG_FILE",
    "DEFAULT_EMBED",
    "Config",
    "find_config",
    "has_config",
    "read_config",
    "repository_path",
    "with_specs",
    "working_directory",
]

CONFIG_FILE = "n3gen.toml"
_PYPROJECT = "pyproject.toml"
_DEFAULT_SPECS = ("chains", "specs")
_STATE_FILE = "n3gen_state.db"
_RUNS_FILE = "n3gen_runs.db"
_SIZE_LIMIT = 16 * 1024 * 1024


DEFAULT_EMBED = ("README.md",)
"""The files with graphs, which need not be there, where the configuration names none."""


@dataclass(frozen=True, slots=True)
class Config:
    """A project: `root` is absolute; all other paths are relative to it, with `/`.

    `file` is the name of the configuration file in the root, if there is one.
    `specs` is empty where nothing was configured and neither default folder
    exists. `chain_timeout_seconds` is in seconds. `prices` are those of models, by
    name. `embed` are files with graphs that `n3gen check` looks at.
    """

    root: str
    file: str | None = None
    specs: tuple[str, ...] = ()
    out: str = "generated"
    exclude: tuple[str, ...] = ()
    runtime: Literal["standalone", "shared"] = "standalone"
    enable_parallel_steps: bool = False
    max_concurrent_llm_calls: int = 50
    chain_timeout_seconds: float = 300.0
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    http: Literal["httpx", "httpx2"] = "httpx"
    recordings: bool = False
    handles: bool = True
    trace: bool = False
    state: str = _STATE_FILE
    embed: tuple[str, ...] = DEFAULT_EMBED
    target: Stated = "asyncio"
    runs: str = _RUNS_FILE
    telemetry: Stated = "none"
    metrics: Stated = "counts"

    @property
    def unread(self) -> str | None:
        """The name of a configuration file that the one beside it leaves without effect."""
        if self.file != CONFIG_FILE:
            return None
        with suppress(ProjectError):  # whatever is wrong in it has no effect either
            if _table(self.absolute(_PYPROJECT), _PYPROJECT) is not None:
                return _PYPROJECT
        return None

    @property
    def options(self) -> Options:
        """What the compiler wants to know of it, the targets of single files aside."""
        return self.options_for("")

    def options_for(self, path: str) -> Options:
        """Return what the compiler wants to know of it for the spec file `path`."""
        from n3gen.compiler import Options

        return Options(
            runtime=self.runtime,
            enable_parallel_steps=self.enable_parallel_steps,
            max_concurrent_llm_calls=self.max_concurrent_llm_calls,
            chain_timeout_seconds=self.chain_timeout_seconds,
            prices=self.prices,
            http=self.http,
            recordings=self.recordings,
            handles=self.handles,
            trace=self.trace,
            state=self.state,
            target=self.chosen("target", path),
            runs=self.runs,
            telemetry=self.chosen("telemetry", path),
            metrics=self.chosen("metrics", path),
        )

    def chosen(self, key: str, path: str) -> str:
        """Return what a key that may be stated by path says of a spec file.

        It is the value of the nearest path that has one, and by default the first of
        those that the key knows.
        """
        return stated_for(getattr(self, key), path) or BY_PATH[key][0]

    def options_key(self, path: str = "", *, prices: bool) -> str:
        """Return the options of a spec file as text, for hashes: the same for the same.

        Without `prices` those of models are left out, for modules that ask none.
        """
        target, telemetry = self.chosen("target", path), self.chosen("telemetry", path)
        metrics = self.chosen("metrics", path)
        if target != "asyncio":
            target += f" {self.runs!r}"
        models = sorted(self.prices) if prices else ()
        listed = [[model, *self.prices[model]] for model in models]
        return (
            f"{self.runtime} {self.enable_parallel_steps}"
            f" {self.max_concurrent_llm_calls} {float(self.chain_timeout_seconds)!r}"
            f"{f' {listed}' if listed else ''}"
            f"{'' if self.http == 'httpx' else f' {self.http}'}"
            f"{' recordings' if self.recordings else ''}"
            f"{'' if self.handles else ' no handles'}"
            f"{' trace' if self.trace else ''}"
            f"{'' if self.state == _STATE_FILE else f' {self.state!r}'}"
            f"{'' if target == 'asyncio' else f' {target}'}"
            f"{'' if telemetry == 'none' else f' telemetry {telemetry}'}"
            f"{'' if metrics == 'counts' else f' metrics {metrics}'}"
        )

    def absolute(self, path: str) -> str:
        """The absolute path of a path relative to the root."""
        return os.path.normpath(os.path.join(self.root, path))

    def holds(self, path: str) -> bool:
        """Whether an absolute path, its links followed, stays inside the root."""
        real, root = os.path.realpath(path), os.path.realpath(self.root)
        return real == root or real.startswith(root.rstrip(os.sep) + os.sep)

    def shown(self, path: str) -> str:
        """Return a path, absolute or relative to the working directory, from the root."""
        return _relative(path, self.root)

    def seen(self, path: str) -> str:
        """Return a path that is relative to the root from the working directory."""
        return _relative(self.absolute(path), working_directory())

    def seen_in_repository(self, path: str) -> str:
        """Return a path that is relative to the root from the git work tree's top.

        Annotations of a code host are placed by it. Without a work tree it is the
        path from the working directory.
        """
        return repository_path(self.absolute(path))


_KEYS = tuple(f.name for f in fields(Config) if f.name not in ("root", "file"))


def _relative(path: str, folder: str) -> str:
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive
        relative = path
    return relative.replace(os.sep, "/")


def repository_path(path: str) -> str:
    """Return a path, absolute or relative to the working directory, from the top of
    the git work tree, or from the working directory where it is in none."""
    absolute = os.path.join(working_directory(), path)
    top = _work_tree(os.path.dirname(absolute))
    return _relative(absolute, working_directory() if top is None else top)


def _work_tree(folder: str) -> str | None:
    """Return the folder at or above `folder` that holds `.git`, a folder or a file."""
    while not os.path.exists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return None
        folder = os.path.dirname(folder)
    return folder


def find_config(start: str | None = None) -> Config:
    """The project that the folder or file `start` (or the working directory) is in.

    Its configuration is the nearest `n3gen.toml`, or `pyproject.toml` with a
    table `[tool.n3gen]`, from there upward. Without one, the root is the working
    directory if `start` is inside it, else the folder of `start`. Raises
    `ProjectError` for a configuration that is wrong.
    """
    here = working_directory()
    folder = here if start is None else os.path.abspath(start)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    at = folder
    while True:
        found = _found(at)
        if found is not None:
            return _config(at, *found)
        if at == os.path.dirname(at):
            break
        at = os.path.dirname(at)
    inside = folder == here or folder.startswith(here.rstrip(os.sep) + os.sep)
    return with_specs(Config(here if inside else folder))


def has_config(folder: str) -> bool:
    """Whether a folder has a configuration of its own; raises `ProjectError`."""
    return _found(folder) is not None


def working_directory() -> str:
    """The absolute path of the working directory; raises `ProjectError` if it is gone."""
    try:
        return os.getcwd()
    except OSError as error:
        raise ProjectError("the working directory no longer exists") from error


def read_config(path: str) -> Config:
    """The project of the configuration file `path`; raises `ProjectError`."""
    name = os.path.basename(path)
    if not os.path.exists(path) or os.path.isdir(path):
        raise ProjectError(f"there is no configuration file `{path}`")
    table = _table(path, name)
    if table is None:
        raise ProjectError(f"`{path}` has no table `[tool.n3gen]`")
    return _config(os.path.dirname(os.path.abspath(path)), name, table)


def _found(folder: str) -> tuple[str, dict[str, Any]] | None:
    """The name of the configuration file in a folder, and what it says."""
    for name in (CONFIG_FILE, _PYPROJECT):
        table = _table(os.path.join(folder, name), name)
        if table is not None:
            return name, table
    return None


def _table(path: str, name: str) -> dict[str, Any] | None:
    """The configuration in the file `path`; `None` where it has none for n3gen."""
    data = None if os.path.isdir(path) else read_regular(path, path, _SIZE_LIMIT)
    if data is None:
        return None
    if name == _PYPROJECT and b"n3gen" not in data:
        return None
    import tomllib

    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProjectError(f"`{path}` is not valid TOML: {error}") from error
    if name != _PYPROJECT:
        return content
    tool = content.get("tool", {})
    table = tool.get("n3gen") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ProjectError(f"`{path}`: `tool.n3gen` must be a table")
    return table


def _config(root: str, name: str, table: dict[str, Any]) -> Config:
    faults = [fault for key, value in table.items() for fault in _faults(key, value)]
    if faults:
        path = os.path.join(root, name)
        raise ProjectError("\n".join(f"`{path}`: {fault}" for fault in faults))
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in table.items()
    }
    if "prices" in values:
        values["prices"] = prices_of(values["prices"])
    for key in BY_PATH:
        if isinstance(values.get(key), dict):
            values[key] = {
                os.path.normpath(path).replace(os.sep, "/"): value
                for path, value in values[key].items()
            }
    if "out" in values:
        values["out"] = os.path.normpath(values["out"]).replace(os.sep, "/")
    return with_specs(Config(root, name, **values))


def with_specs(config: Config) -> Config:
    """The configuration with the first default folder that exists, where none is named."""
    if config.specs:
        return config
    for name in _DEFAULT_SPECS:
        if os.path.isdir(os.path.join(config.root, name)):
            return replace(config, specs=(name,))
    return config


def _faults(key: str, value: Any) -> Iterator[str]:
    """What is wrong with a key and its value, in one sentence each."""
    if key in ("n3gen", "tool") and isinstance(value, dict):
        yield f"the keys of `n3gen.toml` go at its top, without `[{key}]`"
    elif key not in _KEYS:
        meant = nearest(key, _KEYS)
        hint = f"did you mean `{meant}`?" if meant else f"known are {', '.join(_KEYS)}"
        yield f"unknown key `{key}`; {hint}"
    elif key == "prices":
        yield from price_faults(value)
    elif (wanted := wanted_value(key, value)) is not None:
        yield f"`{key}` must be {wanted}, not {value!r}"
