"""Rules of what the requests of steps are, and where they go."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Fix, Label, Rule, Severity

__all__ = ["BodyOfGet", "ValueBehindServer"]


class BodyOfGet(Rule):
    """A body without a method

    A request whose step does not say its `method` is a `GET`, also where it has a body
    in `json`. Most servers take no notice of the body of a `GET`, and some refuse it.
    Where a server reads it, as Elasticsearch does, `method: GET` says that it is meant.

    Wrong:

    ```ai
    chain order:
        step placed:
            url: https://example.com/orders
            json: {item: book}
    ```

    Right:

    ```ai
    chain order:
        step placed:
            method: POST
            url: https://example.com/orders
            json: {item: book}
    ```
    """

    code = "N241"
    name = "body-of-get"
    severity = Severity.WARNING

    @classmethod
    def of(cls, label: Label, fix: Fix | None) -> Diagnostic:
        return cls.diagnose(
            "this body would be sent with `GET`, as the step has no `method`",
            label,
            help="write `method: POST`, or `method: GET` if the server reads its body",
            fix=fix,
        )


class ValueBehindServer(Rule):
    """A value right behind the name of a server

    What follows the name or the port of a server without a `/`, a `?` or a `#` between
    them is a part of it: behind `https://example.com`, the value `.evil.test` would
    have the request, and the keys in its headers, go to `example.com.evil.test`, and
    behind `https://worker-` it would do so too. In front of the rest of a name, as in
    `https://{{ tenant }}.example.com`, a value is a part of one that ends as it is
    written; a whole number, as in `http://worker-{{ payload.n | int }}`, names no other
    domain.

    Wrong:

    ```ai
    chain order:
        step found:
            url: "https://example.com{{ payload.path }}"
    ```

    Right:

    ```ai
    chain order:
        step found:
            url: "https://example.com/{{ payload.path }}"
    ```
    """

    code = "N242"
    name = "value-behind-server"

    @classmethod
    def of(cls, server: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"a value follows the name of a server, `{server}`, and could name another",
            label,
            help="write `/` before it, what its name ends with behind it, or `| int` if it "
            "is a number",
        )
