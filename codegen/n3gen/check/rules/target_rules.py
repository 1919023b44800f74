"""Rule of targets: N305."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = ["BadTarget"]


class BadTarget(Rule):
    """A target that names nothing that can be called

    A python step calls `package.module:function`, a dotted name, or a callable
    that is given by a bare name at run time. Targets are names, not templates.

    Wrong:

    ```ai
    chain count:
        step words:
            kind: python
            target: "my-package/count.py"
    ```

    Right:

    ```ai
    chain count:
        step words:
            kind: python
            target: my_package.count:words
    ```
    """

    code = "N305"
    name = "bad-target"

    @classmethod
    def python(cls, target: str, label: Label) -> Diagnostic:
        name, paren, _ = target.partition("(")
        return cls.diagnose(
            f"`{target}` does not name a Python function",
            label,
            help=(
                f"write `{name}`, and its arguments by name under `with:`"
                if paren and name
                else "write `package.module:function`, or a bare name to be given at "
                "run time"
            ),
        )

    @classmethod
    def file(cls, target: str, label: Label, meant: str) -> Diagnostic:
        """The target is written as the path of a file."""
        return cls.diagnose(
            f"`{target}` names a file, and Python is named by its module",
            label,
            meant=meant,
        )

    @classmethod
    def stream(cls, target: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{target}` does not name a Python function",
            label,
            help='write `stream("package.module:function", argument=1)`',
        )

    @classmethod
    def actor(cls, target: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{target}` does not name a Python class",
            label,
            help="write `package.module:Class`: an actor is not given at run time",
        )

    @classmethod
    def tool(cls, target: str, label: Label, several: str = "") -> Diagnostic:
        """`several` is the list that was meant, whose commas are missing."""
        way_out = "write `package.module:function`: a tool is not given at run time"
        if several:
            way_out = f"write `{several}`"
        return cls.diagnose(
            f"`{target}` does not name a Python function", label, help=way_out
        )

    @classmethod
    def connection(cls, target: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{target}` is a connection, and a step calls connectors",
            label,
            help=f"ask its model by `prompt:` and `connection: {target}`",
        )

    @classmethod
    def connector(cls, target: str, label: Label) -> Diagnostic:
        plain = target.strip(" ;,'\"\u2018\u2019\u201c\u201d")
        name, paren, _ = target.partition("(")
        way_out = "a target is a name, not a template"
        if ":" in target and "{" not in target and not paren:
            way_out = "for a Python function add `kind: python`"
        elif "{" not in target and plain.isidentifier():
            way_out = f"write `{plain}`"
        elif paren and name:
            way_out = f"write `{name}`, and what it is given under `options:`"
        elif "{" not in target:
            way_out = "a target is a name, without brackets, commas and quotes"
        return cls.diagnose(
            f"`{target}` is not the name of a connector", label, help=way_out
        )
