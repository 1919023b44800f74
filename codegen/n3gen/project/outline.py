"""The names of chains and the `use` texts of a spec file, found without a parser.

A build that has nothing to do asks this of every file. What cannot be seen at a
glance is left open (`None`), and then a parser is asked.
"""

from __future__ import annotations

import re

__all__ = ["chain_names", "use_texts"]

_DEFINITIONS = frozenset(
    b"use connection connector type limit state actor test "
    b"connections connectors types limits states actors tests".split()
)
_TOP_LINE = re.compile(rb"^[^\s#][^\n]*", re.MULTILINE)
_WORD = re.compile(rb"[A-Za-z_]+(?=[ \t:])")
_AI_CHAIN = re.compile(rb'chain[ \t]+(?:([A-Za-z_][A-Za-z0-9_]*)|"([^"\\\n]+)")[ \t]*:')
_REST = rb"[ \t]*(?:#[^\n]*)?(?:\n|\Z)"
_ENDS = rb"(?!(?:[ \t]*\n)*[ \t]+\S)"  # a plain scalar may go on in an indented line
_YAML_CHAIN = re.compile(rb"chain:[ \t]+([A-Za-z_][A-Za-z0-9_]*)" + _REST + _ENDS)
_YAML_CHAINS = re.compile(
    rb"chains:" + _REST + rb"((?:[ \t]*(?:#[^\n]*)?\n|[ \t]+[^\n]*(?:\n|\Z))*)"
)
_YAML_NAME = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*):" + _REST)
_MAY_USE = re.compile(rb"\buse\b|\\[xuU]")
_AI_USE = re.compile(rb"use[ \t]+([A-Za-z0-9_./-]+)" + _REST)
_YAML_USE = re.compile(
    rb"use:(?:[ \t]*\[([^\]\n]*)\]"
    + _REST
    + rb"|"
    + _REST
    + rb"((?:[ \t]*-[ \t]+[^\n]*(?:\n|\Z))++)"
    + _ENDS
    + rb")"
)
_YAML_TEXT = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_./]*")
_INDENT = re.compile(rb"^( +)(?=[^ #\n])", re.MULTILINE)


def chain_names(path: str, data: bytes) -> tuple[str, ...] | None:
    """The names of the chains that a spec file offers, in its order.

    Empty where it only defines things for others. `None` where that cannot be
    found without a parser; a wrong answer is given for no file that compiles.
    """
    if path.endswith(".json"):
        return _json_names(data)
    text = b"\n" + data
    if b"\npipeline" in text:
        return None
    names = _ai_names(text) if path.endswith(".ai") else _yaml_names(text)
    return names if names or names is None or _only_defines(data) else None


def use_texts(path: str, data: bytes) -> tuple[str, ...] | None:
    """The texts of a file's `use` entries; `None` where it takes a parser."""
    if not _MAY_USE.search(data):
        return ()
    if path.endswith(".json"):
        return _json_uses(data)
    is_ai = path.endswith(".ai")
    found: list[bytes] = []
    for line in _TOP_LINE.finditer(data):
        at = line.start()
        word = _WORD.match(data, at)
        if word is None:
            if is_ai or not (line[0].startswith(b"- ") or line[0].rstrip() == b"---"):
                return None
        elif word[0] == b"use":
            texts = _ai_use(data, at) if is_ai else _yaml_use(data, at)
            if texts is None:
                return None
            found += texts
        elif not is_ai and data[word.end() : word.end() + 1] != b":":
            return None
    if not found and _starts_indented(data):
        return None
    return tuple(map(_decoded, found))


def _ai_use(data: bytes, at: int) -> list[bytes] | None:
    found = _AI_USE.match(data, at)
    return None if found is None else [found[1]]


def _yaml_use(data: bytes, at: int) -> list[bytes] | None:
    found = _YAML_USE.match(data, at)
    if found is None:
        return None
    if found[1] is not None:
        texts = [text.strip() for text in found[1].split(b",")]
    else:
        lines = found[2].rstrip(b"\n").split(b"\n")
        texts = [line.strip()[1:].partition(b" #")[0].strip() for line in lines]
    return texts if all(map(_YAML_TEXT.fullmatch, texts)) else None


def _starts_indented(data: bytes) -> bool:
    """Whether the first line that says something stands indented."""
    for line in data.split(b"\n"):
        if line.strip() not in (b"", b"---") and not line.lstrip().startswith(b"#"):
            return line[:1] in b" \t"
    return False


def _json_uses(data: bytes) -> tuple[str, ...] | None:
    import json

    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return None
    entries = content.get("use", []) if isinstance(content, dict) else None
    if not isinstance(entries, list):
        return None
    return tuple(entry for entry in entries if isinstance(entry, str))


def _ai_names(text: bytes) -> tuple[str, ...] | None:
    names: list[str] = []
    at = text.find(b"\nchain")
    while at >= 0:
        found = _AI_CHAIN.match(text, at + 1)
        if found is None:
            return None
        names.append(_decoded(found[1] or found[2]))
        at = text.find(b"\nchain", found.end())
    return tuple(names)


def _yaml_names(text: bytes) -> tuple[str, ...] | None:
    at = text.find(b"\nchain")
    if at < 0:
        return ()
    if text.find(b"\nchain", at + 1) >= 0:
        return None
    one = _YAML_CHAIN.match(text, at + 1)
    if one is not None:
        return (_decoded(one[1]),)
    several = _YAML_CHAINS.match(text, at + 1)
    return None if several is None else _keys(several[1])


def _keys(block: bytes) -> tuple[str, ...] | None:
    """The keys of the first level of an indented block, if all of them are plain."""
    first = _INDENT.search(block)
    if first is None:
        return None
    width = len(first[1])
    names: list[str] = []
    for line in _INDENT.finditer(block):
        indent = len(line[1])
        if indent > width:
            continue
        key = _YAML_NAME.match(block, line.end())
        if indent < width or key is None:
            return None
        names.append(_decoded(key[1]))
    return tuple(names)


def _json_names(data: bytes) -> tuple[str, ...] | None:
    import json

    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or "pipelines" in content:
        return None
    if "chain" in content:
        return None
    chains = content.get("chains")
    if isinstance(chains, dict) and chains:
        return tuple(chains)
    words = {key.encode(errors="replace") for key in content}
    return () if words and words <= _DEFINITIONS else None


def _only_defines(data: bytes) -> bool:
    """Whether every line without indentation begins a definition for others."""
    found = False
    for line in _TOP_LINE.finditer(data):
        if data.startswith(
            b"- ", line.start()
        ):  # an item of the `use` list of a YAML file
            continue
        word = _WORD.match(data, line.start())
        if word is None or word[0] not in _DEFINITIONS:
            return False
        found = True
    return found


def _decoded(name: bytes) -> str:
    return name.decode(errors="replace")
