"""Rules of definitions: N214, N215, N701."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["BadEnv", "BadType", "SecretInSpec"]


class BadEnv(Rule):
    """A reference to the environment that is not written as its place wants it

    In a connection, `env("NAME")` takes a value from the environment when a run needs
    it; `env("NAME", "default")` has a default for where it is not set. The texts of
    steps, connectors and results are templates: there it is `{{ env.NAME }}`, and
    `env("NAME")` would be sent letter for letter. So it would as a part of a text of a
    connection, and in what reads no variables: `path`, the path of a cache, the answers
    of a local connection.

    Wrong:

    ```ai
    connection models:
        api: local
        model: env(MODEL)

    chain greet:
        step hello:
            connection: models
            prompt: "Say hello"
    ```

    Right:

    ```ai
    connection models:
        api: local
        model: env("MODEL")

    chain greet:
        step hello:
            connection: models
            prompt: "Say hello"
    ```
    """

    code = "N214"
    name = "bad-env"

    @classmethod
    def of(
        cls,
        key: str,
        label: Label,
        name: str | None,
        default: str | None = None,
        rest: str = "",
    ) -> Diagnostic:
        """`name` is the variable that was most likely meant, with its default.

        `rest` is what stands behind it, which the default ends with too.
        """
        way_out = 'write `env("NAME")` or `env("NAME", "default")`'
        given = f'"{name}"' if default is None else f'"{name}", "{default}"'
        kept = f", and let `{rest}` be the end of its value" if rest else ""
        return cls.diagnose(
            f"`{key}` names a variable of the environment in a form that is not known",
            label,
            help=f"write `env({given})`{kept}" if name else way_out,
        )

    @classmethod
    def in_template(
        cls, key: str, written: str, label: Label, meant: str
    ) -> Diagnostic:
        """`written` would be sent as it is, where `meant` is the expression for it."""
        return cls.diagnose(
            f"`{key}` is a template: its `{written}` would stay as it is",
            label,
            help=f"write `{{{{ {meant} }}}}`",
        )

    @classmethod
    def part(cls, key: str, written: str, name: str, label: Label) -> Diagnostic:
        """`written` is a part of a text that may be `env(...)` as a whole."""
        return cls.diagnose(
            f"`{key}` may be `env(...)` as a whole: its `{written}` would stay as it is",
            label,
            help=f'put the whole text into the environment and write `env("{name}")`',
        )

    @classmethod
    def plain(cls, key: str, written: str, label: Label, way_out: str) -> Diagnostic:
        """`written` is in a text that reads nothing from the environment."""
        return cls.diagnose(
            f"`{key}` reads no variables: its `{written}` would stay as it is",
            label,
            help=way_out,
        )

    @classmethod
    def in_body(cls, key: str, written: str, name: str, label: Label) -> Diagnostic:
        """`written` is in the body of a connection, which reads the call alone."""
        return cls.diagnose(
            f"the `body` reads the call alone: the `{written}` of `{key}` would stay "
            "as it is",
            label,
            help=f"write `{{{{ options.NAME }}}}`, and give calls an option `NAME` "
            f"of `{{{{ env.{name} }}}}`",
        )


class SecretInSpec(Rule):
    """A secret that is written in the spec itself

    What is in a spec is in the generated module too, in the history of the
    repository and in every copy of either. A secret comes from the environment.

    Wrong:

    ```ai
    connection models:
        api: openai
        model: gpt-4o-mini
        api_key: "sk-0123456789"

    chain greet:
        step hello:
            prompt: "Say hello"
    ```

    Right:

    ```ai
    connection models:
        api: openai
        model: gpt-4o-mini
        api_key: env("OPENAI_API_KEY")

    chain greet:
        step hello:
            prompt: "Say hello"
    ```
    """

    code = "N215"
    name = "secret-in-spec"

    @classmethod
    def of(cls, connection: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the API key of connection `{connection}` is written in the spec",
            label,
            help='put it into the environment and write `env("NAME")`',
        )

    @classmethod
    def item(cls, key: str, connection: str, label: Label) -> Diagnostic:
        """`key` is that of a header or a query parameter which holds a secret."""
        return cls.diagnose(
            f"the secret `{key}` of connection `{connection}` is written in the spec",
            label,
            help='put it into the environment and write `env("NAME")`',
        )

    @classmethod
    def of_step(cls, key: str, step: str, label: Label) -> Diagnostic:
        """`key` holds the secret, or names the text that it is in."""
        what = "address" if key == "url" else f"`{key}`"
        return cls.diagnose(
            f"the {what} of step `{step}` contains a secret",
            label,
            help="put it into the environment and write `{{ env.NAME }}`",
        )

    @classmethod
    def address(cls, connection: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the address of connection `{connection}` contains a secret",
            label,
            help='put the whole address into the environment and write `env("NAME")`',
        )


class BadType(Rule):
    """A type that does not parse

    Types are `str`, `int`, `float`, `bool`, `any`, `none`, `list[T]`,
    `dict[K, V]`, `T | U`, `T?` (that or none), `one of [a, b]`, and the names of
    the file's own types. A field may have a default after `=`.

    Wrong:

    ```ai
    chain greet:
        input:
            names: list[str
        step hello:
            value: "{{ payload.names }}"
    ```

    Right:

    ```ai
    chain greet:
        input:
            names: list[str]
        step hello:
            value: "{{ payload.names }}"
    ```
    """

    code = "N701"
    name = "bad-type"

    @classmethod
    def of(cls, message: str, label: Label, way_out: str | None = None) -> Diagnostic:
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def schema(
        cls, what: str, written: str, meant: str, fields: str | None, label: Label
    ) -> Diagnostic:
        """A field that is written as a JSON Schema, and its form here.

        `meant` is its type; that of an object is to be declared with its `fields`.
        """
        way_out = f"write `{written}`"
        if fields:
            way_out += f", and declare `type {meant}` with its fields, {fields}"
        message = f"{what} is written as a JSON Schema"
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def schema_of_fields(cls, written: str, label: Label) -> Diagnostic:
        """Fields that are written as the JSON Schema of an object, and their form here."""
        return cls.diagnose(
            "these fields are written as a JSON Schema",
            label,
            help=f"write each as a line of its own: {written}",
        )
