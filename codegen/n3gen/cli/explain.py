"""`n3gen explain`: the page of a rule, or the list of all rules."""

from __future__ import annotations

import click

from n3gen.cli.output import say

__all__ = ["command"]


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> int:
    """Show the page of a diagnostic CODE: why it is one, a wrong and a right example.

    Without CODE, lists all codes. A rule's name works as well as its code.

    \b
    Examples:
      n3gen explain N301
      n3gen explain unknown-dependency
      n3gen explain
    """
    from n3gen.catalog import ALL_RULES, page, rule_named

    if code is None:
        for rule in ALL_RULES:
            title, _ = rule.documentation()
            click.echo(f"{rule.code}  {rule.severity.value:<8} {rule.name:<28} {title}")
        return 0
    found = rule_named(code)
    if found is not None:
        click.echo(page(found), nl=False)
        return 0
    from n3gen.diagnostics.suggest import nearest

    names = [name for rule in ALL_RULES for name in (rule.code, rule.name)]
    meant = nearest(code, names)
    hint = f"did you mean `{meant}`?" if meant else "`n3gen explain` lists all"
    say(f"error: there is no diagnostic `{code}`; {hint}")
    return 2
