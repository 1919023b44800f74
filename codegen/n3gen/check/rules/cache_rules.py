"""Rules of what caches do not notice."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["FileInCache"]


class FileInCache(Rule):
    """A cache around a picture or a file

    The key of a `chain` step's cache, and of a stage's with a body, holds what these
    are given, such as the path of a file, but not the bytes that are read from there
    inside: after the file has changed, the answer about what it was is used. The cache
    of the model call itself has the bytes in its key. Where paths name files that do
    not change, or the `key` has what identifies their contents, write a `key`.

    Wrong:

    ```ai
    connection openai: {api: openai, model: gpt-4o, api_key: env("OPENAI_API_KEY")}

    chain read:
        input: {path: str}
        step text:
            prompt: What does it say?
            files: ["{{ payload.path }}"]

    chain summary:
        input: {path: str}
        step about: {kind: chain, target: read, cache: 1h}
    ```

    Right:

    ```ai
    connection openai: {api: openai, model: gpt-4o, api_key: env("OPENAI_API_KEY")}

    chain read:
        input: {path: str}
        step text:
            prompt: What does it say?
            files: ["{{ payload.path }}"]
            cache: 1h

    chain summary:
        input: {path: str}
        step about: {kind: chain, target: read}
    ```
    """

    code = "N473"
    name = "file-in-cache"
    severity = Severity.WARNING

    @classmethod
    def of(cls, step: str, key: str, label: Label, read: Label) -> Diagnostic:
        return cls.diagnose(
            f"the cache of `{step}` takes no notice of what is in the `{key}` that are"
            " read inside",
            label,
            read,
            help="cache the model call that reads them, or give this cache a `key`",
        )
