"""Rules of `n3gen import`: N750, N751, N752."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.diagnostics import Diagnostic, Label, Rule, Severity, nearest

__all__ = ["FaultyFlow", "ImportChange", "NotImported"]


class FaultyFlow(Rule):
    """A flow that its own tool would refuse as well

    `n3gen import` reads a flow as the tool does that it was written for. What that
    tool cannot run, such as a node that reads a node which is not there, cannot be
    brought over either: the flow is reported, and nothing is written for it.

    Wrong:

    ```yaml
    inputs:
      text: {type: string}
    outputs:
      answer: {type: string, reference: "${helo.output}"}
    nodes:
    - name: hello
      type: python
      source: {type: code, path: hello.py}
      inputs: {text: "${inputs.text}"}
    ```

    Right:

    ```yaml
    inputs:
      text: {type: string}
    outputs:
      answer: {type: string, reference: "${hello.output}"}
    nodes:
    - name: hello
      type: python
      source: {type: code, path: hello.py}
      inputs: {text: "${inputs.text}"}
    ```
    """

    code = "N750"
    name = "faulty-flow"

    @classmethod
    def of(cls, message: str, label: Label, way_out: str | None = None) -> Diagnostic:
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def unknown(
        cls, what: str, name: str, label: Label, known: Sequence[str]
    ) -> Diagnostic:
        """A name that is none of the known ones."""
        meant = nearest(name, known)
        way_out = f"did you mean `{meant}`?" if meant else None
        if way_out is None and known:
            way_out = f"there is {', '.join(f'`{one}`' for one in known)}"
        return cls.diagnose(f"there is no {what} `{name}`", label, help=way_out)

    @classmethod
    def no_flow(cls, what: str, label: Label) -> Diagnostic:
        """A file of Prompt Flow that is no mapping; `what` is a list, for example."""
        return cls.diagnose(
            f"a flow is a mapping, and this is {what}",
            label,
            help="begin with `inputs:`, `outputs:` and `nodes:`",
        )

    @classmethod
    def no_app(cls, what: str, label: Label) -> Diagnostic:
        """The same of an export of Dify."""
        return cls.diagnose(
            f"an app of Dify is a mapping, and this is {what}",
            label,
            help="export the app as a DSL file, which begins with `app:`",
        )

    @classmethod
    def file(cls, path: str, label: Label) -> Diagnostic:
        return cls.diagnose(
            f"there is no file `{path}` in the folder of the flow",
            label,
            help="mend the path, which is relative to the flow's folder",
        )

    @classmethod
    def circle(cls, names: Sequence[str], label: Label) -> Diagnostic:
        way = " -> ".join(f"`{name}`" for name in names)
        return cls.diagnose(
            f"these nodes wait for each other: {way}",
            label,
            help="remove one of these references",
        )


class NotImported(Rule):
    """A part of a flow that no chain can say

    The rest of the flow is imported, and the part is left as a comment at its
    place. What has to be done by hand is in the message: mostly it is a function
    that the run is given under the name of the node.

    Wrong:

    ```yaml
    inputs:
      text: {type: string}
    outputs: {}
    nodes:
    - name: hello
      type: python
      source: {type: code, path: hello.py}
      inputs: {text: "${inputs.text}"}
    environment_variables:
      MODEL: gpt-4
    ```

    Right:

    ```yaml
    inputs:
      text: {type: string}
    outputs: {}
    nodes:
    - name: hello
      type: python
      source: {type: code, path: hello.py}
      inputs: {text: "${inputs.text}"}
    ```
    """

    code = "N751"
    name = "not-imported"
    severity = Severity.WARNING

    @classmethod
    def of(cls, message: str, label: Label, way_out: str | None = None) -> Diagnostic:
        return cls.diagnose(message, label, help=way_out)


class ImportChange(Rule):
    """A part of a flow that is imported and behaves a little otherwise

    The chain does what the flow did, but for what the message says, such as a name
    that had to be changed, or a value that is empty where a template reads it.

    Wrong:

    ```yaml
    inputs:
      text: {type: string}
    outputs: {}
    nodes:
    - name: say hello
      type: python
      source: {type: code, path: hello.py}
      inputs: {text: "${inputs.text}"}
    ```

    Right:

    ```yaml
    inputs:
      text: {type: string}
    outputs: {}
    nodes:
    - name: say_hello
      type: python
      source: {type: code, path: hello.py}
      inputs: {text: "${inputs.text}"}
    ```
    """

    code = "N752"
    name = "import-change"
    severity = Severity.NOTE

    @classmethod
    def of(cls, message: str, label: Label, way_out: str | None = None) -> Diagnostic:
        return cls.diagnose(message, label, help=way_out)

    @classmethod
    def renamed(cls, what: str, old: str, new: str, label: Label) -> Diagnostic:
        return cls.diagnose(f"{what} `{old}` is called `{new}` in the chain", label)
