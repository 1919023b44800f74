"""Rules of the Python functions that steps and models call."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity

__all__ = ["BadArguments", "NoSuchFunction", "NoSuchMethod", "UnseenModule"]


class NoSuchFunction(Rule):
    """A function that its module does not have

    The source of a target's module is read where the project has it, from its
    root or from `src`, and that of the standard library. Nothing of the project is
    imported: a module that fills itself when it runs, by `import *` or `__getattr__`,
    is left alone. In the example, the project has a file `app/texts.py` with
    `def count(text, least=1)`.

    Wrong:

    ```ai
    chain words:
        step number:
            kind: python
            target: app.texts:cuont
            with: {text: "{{ payload.text }}"}
    ```

    Right:

    ```ai
    chain words:
        step number:
            kind: python
            target: app.texts:count
            with: {text: "{{ payload.text }}"}
    ```
    """

    code = "N333"
    name = "no-such-function"

    @classmethod
    def of(
        cls,
        function: str,
        module: str,
        label: Label,
        meant: str | None,
        what: str = "function",
    ) -> Diagnostic:
        return cls.diagnose(
            f"module `{module}` has no {what} `{function}`",
            label,
            help=(
                "mend the name"
                if module.partition(".")[0] in sys.stdlib_module_names
                else f"define it in `{module}`"
            ),
            meant=meant,
        )

    @classmethod
    def value(cls, name: str, module: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"`{name}` of module `{module}` is no function",
            label,
            help="name a function",
        )

    @classmethod
    def method(
        cls, method: str, owner: str, module: str, label: Label, meant: str | None
    ) -> Diagnostic:
        """`owner` is a class, or an object of one."""
        return cls.diagnose(
            f"`{owner}` of module `{module}` has no method `{method}`",
            label,
            help="define it in the class",
            meant=meant,
        )

    @classmethod
    def module(cls, module: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"the project has no module `{module}`",
            label,
            help=f"make it: `{module.replace('.', '/')}.py`",
        )


class UnseenModule(Rule):
    """A module that is neither in the project nor installed

    The module of a target is looked for below the root of the project, in its `src`, and
    among the packages that are installed where n3gen runs. One that is in none of them
    may still be there where the chain runs, so this is a note only; a slip in the name
    would fail there with `ModuleNotFoundError`. A source that is no Python of the version
    in which n3gen runs is reported too, with its line.

    Wrong:

    ```ai
    chain words:
        step number:
            kind: python
            target: my_ap.texts:count
    ```

    Right:

    ```ai
    chain words:
        step number:
            kind: python
            target: statistics:mean
            with: {data: [1, 2, 3]}
    ```
    """

    code = "N335"
    name = "unseen-module"
    severity = Severity.NOTE

    @classmethod
    def of(cls, module: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"neither the project nor what is installed here has a module `{module}`",
            label,
            help="mend the name, or install n3gen where the module is installed",
        )

    @classmethod
    def broken(cls, module: str, line: int, words: str, label: Label) -> Diagnostic:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return cls.diagnose(
            f"module `{module}` is no Python {version}: {words} in line {line:,}",
            label,
            help="mend it there, or let n3gen run in the Python of the project",
        )


class NoSuchMethod(Rule):
    """A message to an actor whose class has no such method

    The class of an actor is read where the project has its source, unless it derives
    from another one. In the example, the project has a file `app/actors.py` with a class
    `Counter`, which has `def increment(self, by=1)`.

    Wrong:

    ```ai
    actor counter:
        target: app.actors:Counter

    chain visits:
        step count:
            ask: counter.incremnet
    ```

    Right:

    ```ai
    actor counter:
        target: app.actors:Counter

    chain visits:
        step count:
            ask: counter.increment
    ```
    """

    code = "N336"
    name = "no-such-method"

    @classmethod
    def of(
        cls, method: str, actor: str, label: Label, meant: str | None, known: list[str]
    ) -> Diagnostic:
        way_out = f"it has: {', '.join(known)}" if known else "define it in the class"
        return cls.diagnose(
            f"actor `{actor}` has no method `{method}`",
            label,
            help=way_out,
            meant=meant,
        )


class BadArguments(Rule):
    """Arguments that a function does not take

    With `with`, a function is called with these arguments by name; without it, with one
    alone, the context of the step, in which `ctx.options` are its `options`. A class is
    called with the arguments of its `__init__`, or the fields of a dataclass, a
    `NamedTuple` or a pydantic model. Where
    parameters are annotated as `int`, `list[str]`, `date | None` and the like, values
    that are never of these are errors too. In the example, the project has a file `app/texts.py`
    with `def count(text, least=1)`.

    Wrong:

    ```ai
    chain words:
        step number:
            kind: python
            target: app.texts:count
            with: {txt: "{{ payload.text }}", text: "a"}
    ```

    Right:

    ```ai
    chain words:
        step number:
            kind: python
            target: app.texts:count
            with: {text: "{{ payload.text }}", least: 2}
    ```
    """

    code = "N334"
    name = "bad-arguments"

    @classmethod
    def unknown(
        cls,
        called: str,
        argument: str,
        label: Label,
        meant: str | None,
        free: Sequence[str],
    ) -> Diagnostic:
        """`called` takes the arguments, such as "function `count`", and `free` ones more."""
        listed = ", ".join(f"`{name}`" for name in free[:8])
        return cls.diagnose(
            f"{called} has no parameter `{argument}`",
            label,
            help=f"it also takes {listed}" if free else "remove it",
            meant=meant,
        )

    @classmethod
    def by_place(cls, called: str, argument: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"{called} takes `{argument}` by its place alone, and it is given by name",
            label,
            help="remove the `/` among its parameters, or call a function around it",
        )

    @classmethod
    def missing(
        cls, called: str, arguments: Sequence[str], key: str, label: Label
    ) -> Diagnostic:
        """`key` is where arguments are given: `with`, or `stream` in its parentheses."""
        listed = " and ".join(f"`{argument}`" for argument in arguments)
        missing = " and ".join(f"`{argument}:`" for argument in arguments)
        way_out = f"add {missing} under `with:`"
        if key == "stream":
            named = ", ".join(f"{argument}=..." for argument in arguments)
            way_out = f'write them behind its name: `stream("...", {named})`'
        return cls.diagnose(
            f"{called} needs {listed}, which `{key}` does not give",
            label,
            help=way_out,
        )

    @classmethod
    def unbound(cls, module: str, owner: str, method: str, label: Label) -> Diagnostic:
        """`method` is one of the objects of class `owner`, and none of them is given."""
        name = owner.lower()
        return cls.diagnose(
            f"`{method}` is a method of the objects of `{owner}`, and this names the class",
            label,
            help=f"name an object, `{name} = {owner}()` in `{module}`: write "
            f"`target: {module}:{name}.{method}`",
        )

    @classmethod
    def unfit(
        cls, called: str, parameter: str, what: str, label: Label, way_out: str
    ) -> Diagnostic:
        """`parameter` is one such as `n: int`, and what it is given is never of that."""
        return cls.diagnose(
            f"{called} takes `{parameter}`, and this is {what}", label, help=way_out
        )

    @classmethod
    def context(
        cls, called: str, label: Label, *, is_bare: bool, has_options: bool
    ) -> Diagnostic:
        """`is_bare` says that what is `called` needs no argument, and takes none by place."""
        way_out = "give its arguments by name under `with:`"
        if has_options:
            way_out += ", in place of `options:`"
        if is_bare:
            way_out = "write `with: {}` beside it, which calls it without the context"
        return cls.diagnose(
            f"{called} is called with the step's context alone, which its parameters do "
            "not take",
            label,
            help=way_out,
        )
