"""Rules of steps and blocks: N2xx and N601."""

from __future__ import annotations

from collections.abc import Iterable

from n3gen.diagnostics import Diagnostic, Label, Rule

__all__ = [
    "MisplacedEnding",
    "NoKind",
    "NoSteps",
    "TooDeep",
    "UnknownKind",
    "WhileWithoutBound",
]


class UnknownKind(Rule):
    """A kind of step that does not exist

    The kinds are `connector`, `llm` (also called `prompt`), `http`, `python`,
    `chain` and `value`.

    Wrong:

    ```ai
    chain greet:
        step hello:
            kind: conector
            target: greeter
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            kind: connector
            target: greeter
    ```
    """

    code = "N204"
    name = "unknown-kind"

    @classmethod
    def of(
        cls, kind: str, label: Label, meant: str | None, kinds: Iterable[str]
    ) -> Diagnostic:
        *first, last = (f"`{one}`" for one in kinds)
        return cls.diagnose(
            f"no step is of kind `{kind}`",
            label,
            help=f"a kind is {', '.join(first)} or {last}",
            meant=meant,
        )


class NoKind(Rule):
    """A step that does not say what it does

    A step has a `kind`, or one key that implies it: `prompt` for a model call,
    `value` for an expression, `url` for a request, `target` for a connector.

    Wrong:

    ```ai
    chain greet:
        step hello:
            description: Greets the user
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            description: Greets the user
            target: greeter
    ```
    """

    code = "N206"
    name = "no-kind"

    @classmethod
    def of(
        cls, step: str, label: Label, *foreign: Label, meant: str | None = None
    ) -> Diagnostic:
        """`foreign` is a key that no step has, `meant` what one that is there needs."""
        return cls.diagnose(
            f"step `{step}` does not say what it does",
            label,
            *foreign,
            help=meant
            or "add `kind:`, or the key that implies it: `target:`, `prompt:`, `url:`, "
            "`value:`, `wait:`, `emit:`, `fail:` or `stop:`",
        )

    @classmethod
    def stage(
        cls, stage: str, label: Label, *foreign: Label, meant: str | None = None
    ) -> Diagnostic:
        return cls.diagnose(
            f"stage `{stage}` does not say what it does",
            label,
            *foreign,
            help=meant
            or "add `kind:`, one of `target:`, `prompt:`, `url:`, `value:`, or steps",
        )

    @classmethod
    def entry(cls, label: Label, way_out: str | None = None) -> Diagnostic:
        """An entry of a list of steps."""
        return cls.diagnose(
            "this entry is neither a step nor a block",
            label,
            help=way_out
            or "a step has a `name`, a block the key that says what it is, such as "
            "`if`, `for` or `parallel`",
        )

    @classmethod
    def branch(cls, word: str, label: Label) -> Diagnostic:
        """An entry that is a branch of the block before it."""
        way_out = (
            f"`{word}` is a key of the block before it: write it among those of that, "
            "without the `-`"
        )
        if word == "return":
            way_out = "a chain returns what its key `result` says: "
            way_out += '`result: "{{ some_step }}"`'
        return cls.entry(label, way_out)

    @classmethod
    def meant(cls, word: str, is_block: bool, label: Label) -> Diagnostic:
        """An entry with a key of another language, for the `word` of a block or a key."""
        if is_block:
            return cls.entry(label, f"the key of this block is `{word}`")
        way_out = f"begin it with `- name: some_name`, and write `{word}:` for this key"
        return cls.entry(label, way_out)


class NoSteps(Rule):
    """A chain or a block without a step

    Nothing would run, and nothing would be its result.

    Wrong:

    ```ai
    chain greet:
        description: Greets the user
    ```

    Right:

    ```ai
    chain greet:
        description: Greets the user
        step hello:
            value: "hello"
    ```
    """

    code = "N212"
    name = "no-steps"

    @classmethod
    def of(cls, what: str, label: Label, word: str = "step") -> Diagnostic:
        return cls.diagnose(f"{what} has no {word}s", label, help=f"add a {word}")

    @classmethod
    def before(cls, word: str, label: Label) -> Diagnostic:
        """A clause without anything that it could be about."""
        return cls.diagnose(
            f"there are no steps before this `{word}`",
            label,
            help="it is about the steps before it in its body",
        )


class MisplacedEnding(Rule):
    """A clause that does not stand at the end of its body

    A body is its steps, then `on_error` clauses, then at most one `finally`: each clause
    is about all of the steps before it.

    Wrong:

    ```ai
    chain greet:
        step hello:
            target: greeter
        finally:
            step tidy:
                target: cleaner
        on_error:
            step sorry:
                value: "hello all the same"
    ```

    Right:

    ```ai
    chain greet:
        step hello:
            target: greeter
        on_error:
            step sorry:
                value: "hello all the same"
        finally:
            step tidy:
                target: cleaner
    ```
    """

    code = "N220"
    name = "misplaced-ending"

    @classmethod
    def behind(cls, word: str, before: str, label: Label, there: Label) -> Diagnostic:
        article = "this" if word == "step" else "an" if word[0] in "aeiou" else "a"
        what = "this step" if word == "step" else f"{article} `{word}`"
        return cls.diagnose(
            f"{what} comes after the `{before}` of its body",
            label,
            there,
            help=f"move it before the `{before}`",
        )

    @classmethod
    def twice(cls, label: Label, first: Label) -> Diagnostic:
        return cls.diagnose(
            "a body has one `finally`",
            label,
            first,
            help="put the steps of both into one",
        )


class TooDeep(Rule):
    """Blocks nested too deeply

    Blocks become blocks of the generated module, and Python takes only so many
    within one another. Sixteen are allowed; a part of the chain can go into a
    chain of its own, which a step of kind `chain` runs. Each `elif` is inside the
    one before it for Python, which takes a thousand of these.

    Wrong:

    ```ai
    chain deep:
        if payload.a:
         if payload.a:
          if payload.a:
           if payload.a:
            if payload.a:
             if payload.a:
              if payload.a:
               if payload.a:
                if payload.a:
                 if payload.a:
                  if payload.a:
                   if payload.a:
                    if payload.a:
                     if payload.a:
                      if payload.a:
                       if payload.a:
                        if payload.a:
                         step hello:
                            value: "hello"
    ```

    Right:

    ```ai
    chain deep:
        if payload.a:
            step hello:
                value: "hello"
    ```
    """

    code = "N216"
    name = "too-deep"

    @classmethod
    def of(cls, deepest: int, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"blocks are nested more than {deepest} deep here",
            label,
            help="move a part of the chain into a chain of its own",
        )

    @classmethod
    def branches(cls, most: int, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"this `if` has more than {most:,} times `elif`",
            label,
            help="write a `match`, whose cases may be any number",
        )


class WhileWithoutBound(Rule):
    """A `while` that may never end

    A model may never give the answer that ends a loop, and each round costs
    time and money, so a `while` says how many rounds it may take.

    Wrong:

    ```ai
    chain write:
        while draft.score < 0.8:
            step draft:
                kind: connector
                target: writer
    ```

    Right:

    ```ai
    chain write:
        while draft.score < 0.8 max 5:
            step draft:
                kind: connector
                target: writer
    ```
    """

    code = "N601"
    name = "while-without-bound"

    @classmethod
    def of(cls, label: Label) -> Diagnostic:
        return cls.diagnose(
            "this `while` has no `max`, so nothing bounds its rounds",
            label,
            help="add the number of rounds: `max 5`, in YAML `max: 5`",
        )
