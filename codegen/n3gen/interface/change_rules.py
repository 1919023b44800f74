"""Rules of changes that break callers: N8xx."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from n3gen.diagnostics import Diagnostic, Label, Rule
from n3gen.names import HANDLES
from n3gen.spec.values import shown

__all__ = [
    "CallerMustGiveMore",
    "ChainRemoved",
    "ChangeRule",
    "InputNarrowed",
    "ResultChanged",
    "WorstCaseRaised",
]


_LEFT_OUT: Final = {
    "configure": "it sends no HTTP requests any more, so that there is nothing to configure",
    **dict.fromkeys(
        HANDLES,
        "the configuration has `handles = false`, and no chain of the module waits for "
        "answers or items of its caller",
    ),
}
"""Why a module does not offer a name that others do."""


class ChangeRule(Rule):
    """A rule about two revisions of a spec.

    Its page has a section `Before:`, which both examples are compared with.
    """


class ChainRemoved(ChangeRule):
    """Something that callers use is no longer there

    A chain, a module or another public name of a module was taken away or renamed.
    Whoever imports it fails when the import is reached. Keep the old name until nobody
    calls it any more: a chain may do nothing but run the new one.

    Before:

    ```ai
    chain triage:
        step answer:
            target: desk
    ```

    Wrong:

    ```ai
    chain sort_tickets:
        step answer:
            target: desk
    ```

    Right:

    ```ai
    chain sort_tickets:
        step answer:
            target: desk

    chain triage:
        step sorted:
            kind: chain
            target: sort_tickets
    ```
    """

    code = "N801"
    name = "chain-removed"

    @classmethod
    def of_chain(cls, chain: str, label: Label, moved: str | None) -> Diagnostic:
        way_out = f"it is in the module `{moved}` now; keep one here that runs it"
        return cls.diagnose(
            f"chain `{shown(chain)}` is gone",
            label,
            help=way_out if moved else "keep it until nobody calls it any more",
        )

    @classmethod
    def of_module(cls, module: str, chains: Sequence[str], label: Label) -> Diagnostic:
        listed = ", ".join(f"`{shown(chain)}`" for chain in chains)
        noun = "chain" if len(chains) == 1 else "chains"
        return cls.diagnose(
            f"module `{shown(module)}` is gone, with its {noun} {listed}",
            label,
            help="keep the spec file until nobody imports its module any more",
        )

    @classmethod
    def of_name(cls, module: str, name: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"module `{shown(module)}` no longer offers `{name}`",
            label,
            help=_LEFT_OUT.get(name, "see `docs/runtime.md`"),
        )


class InputNarrowed(ChangeRule):
    """A chain no longer takes a payload that it took

    A field that callers need not give is required now, is gone, has another name, or
    accepts fewer values, be it inside a list, a dict, an optional field or one of several
    types. Runs with the payloads of today end before their first step. A new field with
    a default breaks nobody, if it comes last: fields are the arguments of the chain's
    function, those without a default first, and callers may give them by position.

    Before:

    ```ai
    chain triage:
        input:
            text: str
        step answer:
            target: desk
            options: {text: "{{ payload.text }}"}
    ```

    Wrong:

    ```ai
    chain triage:
        input:
            text: str
            priority: int
        step answer:
            target: desk
            options: {text: "{{ payload.text }}", priority: "{{ payload.priority }}"}
    ```

    Right:

    ```ai
    chain triage:
        input:
            text: str
            priority: int = 3
        step answer:
            target: desk
            options: {text: "{{ payload.text }}", priority: "{{ payload.priority }}"}
    ```
    """

    code = "N802"
    name = "input-narrowed"

    @classmethod
    def of(cls, chain: str, field: str, what: str, label: Label) -> Diagnostic:
        way_out = None
        if what.endswith(("required", "required now")):
            way_out = "give it a default"
        elif what.startswith("is called") and what.endswith("now"):
            way_out = "keep the old name beside the new one, both with a default"
        elif what.startswith("comes after"):
            way_out = "keep the order, with what is new or has a default now at the end"
        return cls.diagnose(
            f"input `{shown(field)}` of chain `{shown(chain)}` {what}",
            label,
            help=way_out,
        )

    @classmethod
    def of_whole(cls, chain: str, declared: bool, label: Label) -> Diagnostic:
        before, now = ("anything", "declared fields")
        if not declared:
            before, now = now, before
        return cls.diagnose(
            f"the payload of chain `{shown(chain)}` was {before}, and is {now} now",
            label,
            help="the parameters of its function change with it",
        )


class ResultChanged(ChangeRule):
    """A chain returns what its callers do not expect

    A value of the new type need not be one of the old type, or a key of the result is
    gone. Code that reads it fails, or goes wrong without a word. Types are those that
    the spec declares and what follows from them, key by key: the value of a step that
    may be skipped now may be none, and of what a callable without `output` gives
    nothing is known. A result that promises more breaks nobody.

    Before:

    ```ai
    chain triage:
        step answer:
            target: desk
        result: {answer: "{{ answer }}", by: "desk"}
    ```

    Wrong:

    ```ai
    chain triage:
        step answer:
            target: desk
        result: {answer: "{{ answer }}"}
    ```

    Right:

    ```ai
    chain triage:
        step answer:
            target: desk
        result: {answer: "{{ answer }}", by: "desk", language: "en"}
    ```
    """

    code = "N803"
    name = "result-changed"

    @classmethod
    def of(cls, chain: str, field: str, what: str, label: Label) -> Diagnostic:
        part = f"`{shown(field)}` in the result" if field else "the result"
        return cls.diagnose(f"{part} of chain `{shown(chain)}` {what}", label)


class CallerMustGiveMore(ChangeRule):
    """A run needs something that its callers do not give

    The chain asks a connector, reads a variable of the environment, or waits for an
    answer or for items, which callers of the earlier revision do not know of. Or it no
    longer takes what they send: an answer with a key, or one that comes late, or another
    number of answers.

    Before:

    ```ai
    connection openai:
        api: openai
        api_key: env("OPENAI_API_KEY")
        model: gpt-4o-mini

    chain triage:
        step answer:
            prompt: "How is {{ payload.name }}?"
    ```

    Wrong:

    ```ai
    connection openai:
        api: openai
        api_key: env("OPENAI_KEY")
        model: gpt-4o-mini

    chain triage:
        step answer:
            prompt: "How is {{ payload.name }}?"
    ```

    Right:

    ```ai
    connection openai:
        api: openai
        api_key: env("OPENAI_API_KEY")
        model: gpt-4o-mini

    chain triage:
        step answer:
            prompt: "How is {{ payload.name }}?"
    ```
    """

    code = "N804"
    name = "caller-must-give-more"

    @classmethod
    def of(cls, chain: str, what: str, label: Label) -> Diagnostic:
        return cls.diagnose(f"chain `{shown(chain)}` {what}", label)


class WorstCaseRaised(ChangeRule):
    """A run may take longer, ask models more often, or cost more, than before

    Callers choose their own deadlines and budgets by the bounds that a chain has. Raise
    them in a change that says so. `n3gen plan` shows what they are made of; the chain's
    own `budget` bounds them too. Costs are compared where all models have a price in the
    configuration.

    Before:

    ```ai
    chain triage:
        timeout: 30s
        step answer:
            target: desk
    ```

    Wrong:

    ```ai
    chain triage:
        timeout: 2m
        step answer:
            target: desk
    ```

    Right:

    ```ai
    chain triage:
        timeout: 20s
        step answer:
            target: desk
    ```
    """

    code = "N805"
    name = "worst-case-raised"

    @classmethod
    def of(
        cls, chain: str, what: str, before: str, after: str, label: Label
    ) -> Diagnostic:
        return cls.diagnose(
            f"a run of chain `{shown(chain)}` {what.format(after)} now, "
            f"where it was {before} at most",
            label,
        )

    @classmethod
    def of_unpriced(
        cls, chain: str, models: Sequence[str], before: float, label: Label
    ) -> Diagnostic:
        listed = ", ".join(f"`{shown(model)}`" for model in models)
        return cls.diagnose(
            f"the cost of a run of chain `{shown(chain)}` has no bound now, where it was "
            f"about {before:.4g} at most: there is no price for {listed}",
            label,
            help="add the price to `[tool.n3gen.prices]`",
        )
