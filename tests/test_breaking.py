"""`n3gen breaking`: what a change of specs breaks for callers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from n3gen.cli import main
from n3gen.compiler import Options
from n3gen.interface.model import Interface
from n3gen.prices import Price

from tests.offers import changes, offer

CHAIN = """\
type Mood:
    label: one of [calm, upset]
    score: float
    notes: "list[Note] = []"

type Note:
    text: str

chain triage:
    timeout: 30s
    input:
{input}
    step answer:
        target: desk
        options: {{text: "{{{{ payload.text }}}}"}}
        output: {output}
{more}"""


def spec(fields: str = "text: str", output: str = "Mood", more: str = "") -> str:
    lines = "\n".join(f"        {line}" for line in fields.split("; "))
    return CHAIN.format(input=lines, output=output, more=more)


def found(before: str, after: str, options: Options | None = None) -> list[str]:
    offers = (offer(text, options=options) for text in (before, after))
    return [f"{one.rule.code} {one.message}" for one in changes(*offers)]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("n: int", "n: int", None),
        ("n: int", "n: float", None),
        ("n: int", "n: int | str", None),
        ("n: int", "n: int = 3", None),
        ("n: int", "n: any", None),
        ("n: one of [a, b]", "n: one of [b, a, c]", None),
        ("n: one of [a, b]", "n: str", None),
        ("n: one of [1, 2]", "n: float", None),
        ("n: list[int]", "n: list[float]", None),
        ("n: dict[str, int]", "n: dict[str, any]", None),
        ("n: int", "n: int; more: str?", None),
        ("n: Note", "n: Note", None),
        ("n: float", "n: int", "was `float` and is `int` now"),
        ("n: int = 3", "n: int", "had a default, and is required now"),
        ("n: int?", "n: int", "was `int | none` and is `int` now"),
        ("n: any", "n: str", "was `any` and is `str` now"),
        ("n: str", "n: one of [a]", "was `str` and is `one of [a]` now"),
        ("n: list[int]", "n: list[str]", "was `list[int]` and is `list[str]` now"),
        ("n: dict[str, int]", "n: dict[int, int]", "was `dict[str, int]` and is"),
        ("n: int", "m: int = 1", "is gone"),
        ("n: int", "m: int", "is called `m` now"),
        ("m: int = 1", "m: int = 1; n: str", "is new, and required"),
        ("n: int | Note", "n: Note", "was `int | Note` and is `Note` now"),
        ("n: {type: int, max: 9}", "n: {type: int, max: 10}", None),
        ("n: {type: int, max: 9}", "n: int", None),
        (
            "n: {type: int, max: 9}",
            "n: {type: int, max: 8}",
            "`max: 9` and has `max: 8`",
        ),
        ("n: int", "n: {type: int, min: 0}", "has a bound now: `min: 0`"),
    ],
)
def test_what_callers_give(before: str, after: str, what: str | None) -> None:
    lines = found(spec(f"text: str; {before}"), spec(f"text: str; {after}"))
    if what is None:
        assert lines == []
    else:
        assert len(lines) == 1
        assert lines[0].startswith("N802 input `n` of chain `triage` ")
        assert what in lines[0]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("int", "int", None),
        ("float", "int", None),
        ("any", "Mood", None),
        ("str | none", "str", None),
        ("list[float]", "list[int]", None),
        ("str", "one of [a, b]", None),
        ("int", "float", "the result of chain `triage` was `int` and is `float` now"),
        ("Mood", "any", "was `Mood` and is `any` now"),
        ("one of [a]", "one of [a, b]", "was `one of [a]` and is `one of [a, b]` now"),
        ("str", "str | none", "was `str` and is `str | none` now"),
        ("list[Mood]", "list[Note]", "`label` in the result of chain `triage` is gone"),
    ],
)
def test_what_callers_get(before: str, after: str, what: str | None) -> None:
    lines = found(spec(output=before), spec(output=after))
    if what is None:
        assert lines == []
    else:
        assert lines
        assert lines[0].startswith("N803 ")
        assert what in lines[0]


def test_types_of_one_name_are_compared_by_what_they_are() -> None:
    before = spec()
    after = before.replace("calm, upset", "calm, upset, glad")
    assert found(before, after) == [
        "N803 `label` in the result of chain `triage` was `one of [calm, upset]` and is "
        "`one of [calm, upset, glad]` now"
    ]
    deeper = before.replace("    text: str\n\nchain", "    texts: str\n\nchain")
    assert found(before, deeper) == [
        "N803 `notes.text` in the result of chain `triage` is gone"
    ]
    renamed = before.replace("Mood", "Feeling").replace("Note", "Remark")
    assert found(before, renamed) == []


def test_a_type_that_holds_itself_is_compared_once() -> None:
    before = spec().replace(
        "    text: str\n\n", '    text: str\n    inner: "Note?"\n\n'
    )
    after = before.replace("    text: str\n    inner", "    text: int\n    inner")
    assert found(before, before) == []
    assert found(before, after) == [
        "N803 `notes.text` in the result of chain `triage` was `str` and is `int` now"
    ]


def test_what_a_run_needs_of_its_caller() -> None:
    before = "chain c:\n    step a: {wait: go, output: int}\n    step b: {target: x}\n"
    after = """\
channel jobs: 3

chain c:
    step a: {wait: start, output: int}
    for job in channel jobs:
        step b: {target: x}
    step d: {target: y}
"""
    assert [line for line in found(before, after) if "N804" in line] == [
        "N804 chain `c` needs the connector `y` now",
        "N804 chain `c` waits for the answer `start` now",
        "N804 chain `c` no longer takes the answer `go`",
        "N804 chain `c` is fed by the channel `jobs` now",
    ]
    other = before.replace("output: int", "output: str")
    assert found(before, other) == [
        "N804 chain `c` takes other answers: `go` was `int` and is `str` now"
    ]


def test_several_fields_that_come_and_go_are_told_one_by_one() -> None:
    before, gone = spec("text: str; n: int"), "input `n` of chain `triage` is gone"
    for after in ("text: str; m: str", "text: str; m: int; o: int"):
        lines = found(before, spec(after))
        assert f"N802 {gone}" in lines
        assert len(lines) == 1 + after.count(";")


def test_worst_cases() -> None:
    before = """\
connection openai: {api: openai, api_key: env("KEY"), model: m}

chain c:
    timeout: 30s
    step a: {prompt: "Hi"}
"""
    assert found(before, before.replace("30s", "40s")) == [
        "N805 a run of chain `c` can take 40 s now, where it was 30 s at most"
    ]
    more = before.replace('"Hi"}', '"Hi", retry: 2}')
    assert found(before, more) == [
        "N805 a run of chain `c` can ask models 3 times now, where it was once at most"
    ]
    assert found(more, before) == []


PRICES = Options(prices={"m": Price(1.0, 10.0), "dear": Price(100.0, 1000.0)})


def test_worst_costs_are_those_of_the_plan() -> None:
    before = """\
connection openai: {api: openai, api_key: env("KEY"), model: m}

chain c:
    timeout: 30s
    step a: {prompt: "Hi", options: {max_tokens: 100}}
"""
    longer = before.replace("100}", "900}")
    assert found(before, longer, PRICES) == [
        "N805 a run of chain `c` can cost about 0.009001 now, "
        "where it was about 0.001001 at most"
    ]
    assert found(longer, before, PRICES) == []
    dear = before.replace('"Hi",', '"Hi", model: dear,')
    assert found(before, dear, PRICES) == [
        "N805 a run of chain `c` can cost about 0.1001 now, "
        "where it was about 0.001001 at most"
    ]
    other = before.replace('"Hi",', '"Hi", model: other,')
    assert found(before, other, PRICES) == [
        "N805 the cost of a run of chain `c` has no bound now, where it was about "
        "0.001001 at most: there is no price for `other`"
    ]
    assert found(other, before, PRICES) == []
    assert found(before, longer) == [], "without prices there is nothing to compare"


def test_a_baseline_of_before_costs_were_kept_is_read() -> None:
    text = Interface.model_validate(
        {"modules": {"a": {"spec": "a.ai", "chains": {"c": {"result": "any"}}}}}
    )
    assert text.modules["a"].chains["c"].worst_cost is None


def test_payloads_that_are_no_longer_anything() -> None:
    before = "chain c:\n    step a: {target: x}\n"
    after = "chain c:\n    input: {n: int = 1}\n    step a: {target: x}\n"
    assert found(before, after) == [
        "N802 the payload of chain `c` was anything, and is declared fields now"
    ]
    assert found(after, before) == [
        "N802 the payload of chain `c` was declared fields, and is anything now"
    ]


def test_both_spellings_offer_the_same() -> None:
    ai = spec()
    yaml = """\
types:
  Mood: {label: {one of: [calm, upset]}, score: float, notes: "list[Note] = []"}
  Note: {text: str}
chains:
  triage:
    timeout: 30s
    input: {text: str}
    steps:
      - {name: answer, target: desk, options: {text: "{{ payload.text }}"}, output: Mood}
"""
    assert changes(offer(ai), offer(yaml, "yaml")) == []
    assert changes(offer(yaml, "yaml"), offer(ai)) == []


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    command = ["git", *who, *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project below the top of a repository, with one commit."""
    project = tmp_path / "service"
    (project / "chains" / "desk").mkdir(parents=True)
    (project / "chains" / "desk" / "triage.ai").write_text(spec())
    (project / "chains" / "shared.ai").write_text("type T:\n    a: int\n")
    (tmp_path / "data.json").write_text("[1]")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    monkeypatch.chdir(project)
    return project


def test_against_a_revision(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["breaking", "--against", "HEAD"]) == 0
    assert capsys.readouterr().err == "1 module as callers know them\n"
    triage = repository / "chains" / "desk" / "triage.ai"
    triage.write_text(spec("text: str; n: int"))
    assert main(["breaking", "--against", "HEAD"]) == 1
    shown = capsys.readouterr().err
    assert "error[N802]: input `n` of chain `triage` is new, and required" in shown
    assert "chains/desk/triage.ai:13:9" in shown
    assert main(["breaking", "--against", "HEAD", "--allow", "n802"]) == 0
    assert "N802" in capsys.readouterr().err
    git(repository, "commit", "-qam", "two")
    assert main(["breaking", "--against", "HEAD"]) == 0
    assert main(["breaking", "--against", "HEAD~1", "chains/shared.ai"]) == 0
    assert main(["breaking", "--against", "HEAD~1", "chains/desk"]) == 1


def test_a_module_and_a_chain_that_are_gone(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    triage = repository / "chains" / "desk" / "triage.ai"
    triage.write_text(spec().replace("chain triage", "chain sort"))
    assert main(["breaking", "--against", "HEAD", "--output-format", "json"]) == 1
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["code"], one["message"]) == ("N801", "chain `triage` is gone")
    assert one["range"]["start"] == {"line": 1, "column": 1}
    (repository / "chains" / "other.ai").write_text(spec())
    triage.unlink()
    assert main(["breaking", "--against", "HEAD"]) == 1
    shown = capsys.readouterr().err
    assert "module `desk/triage` is gone, with its chain `triage`" in shown


def test_a_baseline_stands_for_a_revision(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["breaking", "--write-baseline", "interface.json"]) == 0
    assert main(["breaking", "--baseline", "interface.json"]) == 0
    triage = repository / "chains" / "desk" / "triage.ai"
    triage.write_text(spec(output="Note"))
    assert main(["breaking", "--baseline", "interface.json"]) == 1
    triage.unlink()
    assert main(["breaking", "--baseline", "interface.json"]) == 1
    assert "chains/desk/triage.ai" in capsys.readouterr().err


def test_a_baseline_takes_the_place_of_an_older_one_at_once(repository: Path) -> None:
    """Whoever reads the older one meanwhile, as by another name, has it whole."""
    baseline, older = repository / "interface.json", repository / "older.json"
    assert main(["breaking", "--write-baseline", "interface.json"]) == 0
    older.hardlink_to(baseline)
    before = baseline.read_text()
    (repository / "chains" / "desk" / "triage.ai").write_text(spec(output="Note"))
    assert main(["breaking", "--write-baseline", "interface.json"]) == 0
    assert older.read_text() == before != baseline.read_text()
    assert not [*repository.glob(".*.tmp")]


def test_a_configuration_that_takes_names_away(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "n3gen.toml").write_text("handles = false\n")
    assert main(["breaking", "--against", "HEAD"]) == 1
    shown = capsys.readouterr().err
    assert "no longer offers `start_chain`" in shown
    assert "help: the configuration has `handles = false`" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "say what callers know: `--against REV`"),
        (["--against", "a", "--baseline", "b"], 2, "say what callers know"),
        (["--against", "nowhere"], 2, "the repository has no revision `nowhere`"),
        (["--against", "HEAD", "--allow", "N1"], 2, "`--allow` takes N801"),
        (["--baseline", "none.json"], 2, "cannot read `none.json`"),
        (["--baseline", "chains/shared.ai"], 2, "is not an interface that"),
        (["--baseline", "other.json"], 2, "is not an interface that"),
        (["--baseline", "wat.json"], 2, "`modules.m.types.T.a.type` cannot be read"),
        (["--baseline", "odd.json"], 2, "`modules.m.chains.c.result` cannot be read"),
        (["--against", "HEAD", "nothing.ai"], 2, "no spec file is at 'nothing.ai'"),
    ],
)
def test_what_cannot_be_compared(
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    (repository / "other.json").write_text("{}")  # JSON of something else
    odd: list[dict[str, Any]] = [
        {"types": {"T": {"a": {"type": "wat["}}}},
        {"chains": {"c": {"result": "x["}}},
    ]
    for name, one in zip(("wat", "odd"), odd, strict=True):
        written = {"modules": {"m": {"spec": "m.ai", **one}}}
        (repository / f"{name}.json").write_text(json.dumps(written))
    assert main(["breaking", *arguments]) == code
    assert message in capsys.readouterr().err


def test_specs_with_errors_are_not_compared(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    triage = repository / "chains" / "desk" / "triage.ai"
    triage.write_text("chain triage:\n")
    assert main(["breaking", "--against", "HEAD"]) == 1
    assert "--> chains/desk/triage.ai:1:7" in capsys.readouterr().err
    assert main(["breaking", "--write-baseline", "interface.json"]) == 1
    assert not (repository / "interface.json").exists()
    git(repository, "commit", "-qam", "broken")
    triage.write_text(spec())
    assert main(["breaking", "--against", "HEAD"]) == 2
    shown = capsys.readouterr().err
    assert "`chains/desk/triage.ai` of `HEAD` has errors by the rules of today" in shown


def test_errors_have_paths_from_the_working_directory_and_the_chosen_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chains = tmp_path / "svc/one/chains"
    chains.mkdir(parents=True)
    (tmp_path / "svc/one/n3gen.toml").write_text("")
    (chains / "x.ai").write_text("chain x:\n    step a:\n        valeu: 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "broken")
    monkeypatch.chdir(tmp_path)
    command = ["breaking", "--against", "HEAD", "svc/one"]
    assert main([*command, "--output-format", "github"]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("::error file=svc/one/chains/x.ai,line=3,col=9,")
    assert shown.err == ""
    assert main([*command, "--output-format", "json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)
    assert problem["file"] == "svc/one/chains/x.ai"
    text = "chain x:\n    step a:\n        value: 1\n"
    (chains / "x.ai").write_text(text)
    (chains / "x.yaml").write_text("chain: x\nsteps: [{name: a, value: 1}]\n")
    assert main(command) == 1
    assert "error[N901]" in capsys.readouterr().err
    (chains / "x.yaml").unlink()
    assert main(command) == 2
    told = "`svc/one/chains/x.ai` of `HEAD` has errors by the rules of today"
    assert told in capsys.readouterr().err
