from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import Any, Literal

import pytest
from n3gen.templates.runtime.recovery.failures import ModelError
from pydantic import BaseModel

from tests.runtime.typed_kinds import typed_of


class Sentiment(BaseModel):
    label: Literal["positive", "negative", "Mixed Up"]
    score: float
    reasons: list[str] = []


class Node(BaseModel):
    name: str
    children: list[Node] = []


class Options(BaseModel):
    a: int = 0
    b: str = ""


class Note(BaseModel):
    text: str


Label = Literal["positive", "negative"]
GOOD = Sentiment(label="positive", score=0.5)
TREE = {"name": "a", "children": [{"name": "b"}]}
STRICT = '{"label": "positive", "score": 0.5}'


def faults(type_: Any, text: str) -> str:
    with pytest.raises(ModelError) as caught:
        typed_of(type_).parse(text)
    assert caught.value.kind == "invalid_output"
    return str(caught.value)


# What is asked for.


def test_a_model_is_asked_for_as_it_is() -> None:
    schema = typed_of(Sentiment).schema()
    assert schema.name == "Sentiment"
    assert schema.schema["type"] == "object"
    assert schema.schema["required"] == ["label", "score"]


@pytest.mark.parametrize(
    "type_", [list[str], int | str, Label, float, Sentiment | Note, None, Any]
)
def test_what_is_no_object_is_wrapped(type_: Any) -> None:
    schema = typed_of(type_).schema()
    assert schema.name == "answer"
    assert schema.schema["type"] == "object"
    assert list(schema.schema["properties"]) == ["value"]
    assert schema.schema["additionalProperties"] is False


def test_a_dict_is_an_object_already() -> None:
    assert "value" not in typed_of(dict[str, int]).schema().schema.get("properties", {})
    assert typed_of(dict[str, int]).parse('{"value": 3}') == {"value": 3}


def test_the_schema_of_a_recursive_type_is_an_object_at_its_root() -> None:
    schema = typed_of(Node).schema().schema
    assert schema["type"] == "object"
    assert schema["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert "Node" in schema["$defs"]


def test_a_schema_has_a_name_that_all_providers_take() -> None:
    class Größe(BaseModel):
        value: int

    assert typed_of(Größe).schema().name == "Gr__e"
    assert typed_of(dict[str, int]).schema().name == "answer"
    assert typed_of(Größe).parse('{"value": 3}').value == 3


def test_a_type_is_worked_out_once() -> None:
    assert typed_of(list[Sentiment]).form is typed_of(list[Sentiment]).form
    assert typed_of(Sentiment).schema() is typed_of(Sentiment).schema()


# What models write.


@pytest.mark.parametrize(
    "text",
    [
        STRICT,
        f"```json\n{STRICT}\n```",
        f"~~~\n{STRICT}\n~~~",
        f"````JSON5\r\n{STRICT}\r\n````\r\n",
        f"  ```\n  {STRICT}\n  ```",
        f"```json\n{STRICT}",
        f"```json {STRICT} ```",
        f"Sure! Here is the JSON:\n\n{STRICT}\n\nHope that helps :)",
        f"\ufeff{STRICT}",
        f"\n\n{STRICT}\n",
        '{"label": "positive", "score": 0.5,}',
        '{"label": "positive", "score": 0.5, "reasons": [],}',
        '{"label": "positive", // good\n "score": 0.5 /* half */ }',
        '{"label": "positive", # good\n "score": 0.5\n# end\n}',
        "{'label': 'positive', 'score': 0.5}",
        '{label: "positive", score: 0.5}',
        "{label: 'positive', score: .5, reasons: [],}",
        '{"label": "positive", "score": +0.5}',
        '{"label": "positive", "score": "0.5"}',
        "{\u201clabel\u201d: \u201cpositive\u201d, \u201cscore\u201d: 0.5}",
        "{\u2018label\u2019: \u2018positive\u2019, \u2018score\u2019: 0.5}",
        f"<think>Is {{it}} good? {{'label': 'negative'}}</think>\n{STRICT}",
        f"Is it good? It says\n</think>\n\n{STRICT}",
        json.dumps(STRICT),
        json.dumps(json.dumps(STRICT)),
        json.dumps({"value": STRICT}),
        '{"label": "Positive", "score": 0.5}',
        '{"label": " POSITIVE\\n", "score": 0.5}',
        f"The form is {{score: number}}, so:\n{STRICT}",
        f"In {{curly}} [brackets] and - [x] boxes [1]: {STRICT} See [#12].",
        f"{{{STRICT}}}",
        f'```python\nx = {{"a": 1}}\n```\n```json\n{STRICT}\n```\nDone {{}}.',
    ],
)
def test_an_answer_is_read_however_it_is_written(text: str) -> None:
    assert typed_of(Sentiment).parse(text) == GOOD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"text": "a\nb\tc"}', "a\nb\tc"),
        ("{'text': 'say \"hi\"'}", 'say "hi"'),
        (r"{'text': 'it\'s'}", "it's"),
        (r'{"text": "it\'s",}', "it's"),
        ('{\u201ctext\u201d: \u201csay "hi", it\u2019s\u201d}', 'say "hi", it\u2019s'),
        ('{"text": "a // b # c /* d */ ,}",}', "a // b # c /* d */ ,}"),
        ('{"text": "```json\n{}\n```",}', "```json\n{}\n```"),
        ('{"text": "\\ud83d\\ude00",}', "\U0001f600"),
        ('{"text": "\ud83d\ude00"}', "\U0001f600"),
        ('{"text": "\ud83d"}', "\ufffd"),
        ('{"text": "</think>",}', "</think>"),
        ('{"text": "True, None"}', "True, None"),
    ],
)
def test_texts_inside_json_keep_their_meaning(text: str, value: str) -> None:
    assert typed_of(Note).parse(text) == Note(text=value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[True, False, None, true]", [True, False, None, True]),
        ("[1, .5, -.5, 5., +7, 1e3, -1.5E-2,]", [1, 0.5, -0.5, 5, 7, 1000.0, -0.015]),
        ("[[], [[],], {}]", [[], [[]], {}]),
    ],
)
def test_words_and_numbers(text: str, value: Any) -> None:
    assert typed_of(list[Any]).parse(text) == value


@pytest.mark.parametrize("type_", [list[float], list[Any], dict[str, Any]])
@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_does_not_have_does_not_fit(type_: Any, word: str) -> None:
    text = f'{{"a": {word}}}' if "dict" in str(type_) else f"[1, {word},]"
    with pytest.raises(ModelError) as raised:
        typed_of(type_).parse(text)
    assert raised.value.kind == "invalid_output"
    assert "must be a finite number" in str(raised.value)


class Counted(BaseModel):
    count: int = 0
    share: float = 0.0
    sure: bool = False
    more: list[Counted] = []
    by_name: dict[str, int | str] = {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"count": true}', "count: must be int, not bool"),
        ('{"share": false}', "share: must be float, not bool"),
        ("{'share': True}", "share: must be float, not bool"),
        ('{"more": [{}, {"count": true}]}', "more.1.count: must be int, not bool"),
        ('{"by_name": {"a": true}}', "by_name.a: must be int, not bool"),
        ('{"share": NaN}', "share: must be a finite number"),
    ],
)
def test_a_boolean_is_no_number(text: str, fault: str) -> None:
    with pytest.raises(ModelError, match=re.escape(f"- {fault}")) as raised:
        typed_of(Counted).parse(text)
    assert raised.value.kind == "invalid_output"
    with pytest.raises(ModelError, match=re.escape(fault)):
        typed_of(Counted).accept(json.loads(text.replace("'", '"').replace("T", "t")))


def test_booleans_stay_where_the_type_has_them() -> None:
    read = typed_of(Counted).parse('{"sure": true, "count": "3", "share": 1}')
    assert read == Counted(sure=True, count=3, share=1.0)
    assert typed_of(int | bool).parse("true") is True
    assert typed_of(Any).parse("[true]") == [True]


@pytest.mark.parametrize("type_", [Counted, int, list[int], dict[str, Any], Any])
@pytest.mark.parametrize(
    "answer",
    [
        '{"count": %s}',
        '{"count": %s, "sure": "x"}',
        "{'count': %s,}",
        '{"value": %s}',
        "[%s]",
        'So: {"count": 1} or {"zz": %s}',
        '```json\n{"more": [{"count": %s}]}\n```',
    ],
)
def test_a_number_that_is_too_long_to_read_does_not_fit(
    type_: Any, answer: str
) -> None:
    try:
        value = typed_of(type_).parse(answer % ("9" * 5000))
    except ModelError as error:
        assert error.kind == "invalid_output"
    else:
        # A draft that fits, or a text.
        assert len(str(value)) < 100 or isinstance(value, str)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (Label, "positive", "positive"),
        (Label, '"positive"', "positive"),
        (Label, "**Positive**.", "positive"),
        (Label, "`positive`", "positive"),
        (Label, "The label is:\n```\nnegative\n```", "negative"),
        (Label, '{"value": "NEGATIVE"}', "negative"),
        (Label, "{value: 'negative',}", "negative"),
        (Literal["none", "some"], "None", "none"),
        (Literal["none", "some"] | None, "none", "none"),
        (Label | None, "None", None),
        (Literal[1, 2], '"2"', 2),
        (float, "42.", 42.0),
        (float, ".5", 0.5),
        (float, '{"value": "0.5"}', 0.5),
        (int, "42.", 42),
        (int, "**42**", 42),
        (int, '{"value": 42} as you asked', 42),
        (bool, "Yes.", True),
        (bool, "False", False),
        (list[str], '["a"]', ["a"]),
        (list[str], '{"value": ["a", "b",]}', ["a", "b"]),
        (list[str], '{"value": "[\\"a\\"]"}', ["a"]),
        (int | str, "42", 42),
        (int | str, "42.", "42."),
        (Sentiment | Note, '{"text": "x"}', Note(text="x")),
        (Sentiment | Note, '{"value": {"label": "Mixed up", "score": 1}}', "Mixed Up"),
        (dict[str, int], "{a: '3',}", {"a": 3}),
    ],
)
def test_values_that_are_no_objects(type_: Any, text: str, value: Any) -> None:
    parsed = typed_of(type_).parse(text)
    assert getattr(parsed, "label", parsed) == value
    assert type(getattr(parsed, "label", parsed)) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain words", "plain words"),
        ("  plain words\n", "plain words"),
        ('{"value": "in JSON"}', "in JSON"),
        ('```json\n{"value": "in JSON"}\n```', "in JSON"),
        ("{'value': 'in JSON'}\n\nThat is it.", "in JSON"),
        ('"quoted"', "quoted"),
        ('"one" and "two"', '"one" and "two"'),
        ('{"other": 1}', '{"other": 1}'),
        ("{unfinished", "{unfinished"),
        ("42", "42"),
        ("", ""),
        ('Write {"value": "x"} there.', 'Write {"value": "x"} there.'),
        ("<think>hm</think>so", "so"),
    ],
)
def test_a_type_of_any_text_takes_all_of_the_answer(text: str, value: str) -> None:
    assert typed_of(str).parse(text) == value


# What is chosen among several.


def test_the_last_fence_that_fits_is_taken() -> None:
    first, last = '{"a": 1, "b": "long enough"}', '{"a": 2}'
    text = f"```json\n{first}\n```\nNo:\n```json\n{last}\n```\n```\n[1, 2, 3]\n```"
    assert typed_of(Options).parse(text).a == 2


def test_the_last_piece_wins_over_earlier_drafts() -> None:
    assert typed_of(Options).parse('{} {"a": 1, "b": "x"} {"a": 2}').a == 2
    draft = '```json\n{"a": 1}\n```\nAfter another look:\n{"a": 2} (see [1])'
    assert typed_of(Options).parse(draft).a == 2
    assert typed_of(Options).parse('{"a": 1} Nothing else: {}').a == 1
    assert typed_of(Options).parse("Nothing: {}") == Options()


def test_what_is_quoted_from_the_question_wins_over_nothing_only() -> None:
    asked = 'What of {"a": 1}?'
    assert typed_of(Options).parse('{"a": 2} instead of {"a": 1}', asked).a == 2
    assert typed_of(Options).parse('It is {"a": 1} as it stands.', asked).a == 1


ASKED = 'They say {"a": 1, "b": "x y"} and {"data": {"a": 7}}.'


@pytest.mark.parametrize(
    ("text", "a"),
    [
        ('{"a": 2}, not {"a":1,"b":"x y"}', 2),
        ("{'a': 2}, not {'a': 1, 'b': 'x y'}", 2),
        ('{"a": 2}\n```json\n{\n  "a": 1,\n  "b": "x y",\n}\n```', 2),
        ("{a: 2} instead of {a: 1, b: 'x y'}", 2),
        ('{"a": 2}; inside they have { "a" : 7 }', 2),
        ('They have {"a": 1, "b": "x y"}: {"a": 2}', 2),
        ('{"a": 2} or rather {"a": 3}', 3),
        ('{"a": 2} in place of {"b": "x y", "a": 1.0}', 2),
        ('{"a": 2}; inside they have {"a": 7.0}', 2),
        ('{"a": 2}, not {"b": "x \\u0079", "a": 1}', 2),
        ('{"a":1,"b":"x y"}, as they say', 1),
    ],
)
def test_a_quotation_in_another_spelling_is_one(text: str, a: int) -> None:
    assert typed_of(Options).parse(text, ASKED).a == a


def test_a_quotation_is_known_whichever_side_escapes() -> None:
    plain, escaped = '{"b": "é", "a": 1}', r'{"a": 1, "b": "\u00e9"}'
    for asked, quoted in ((plain, escaped), (escaped, plain)):
        answer = f'{{"a": 2}} (They wrote {quoted}.)'
        assert typed_of(Options).parse(answer, f"Is {asked} right?").a == 2


def test_a_question_may_have_json_that_is_deep() -> None:
    answer = '{"a": 2}, not {"a": 1}'
    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit() + 10):
        asked = f"Is {'[' * depth}1{']' * depth} deep?"
        assert typed_of(Options).parse(answer, asked).a == 1


class Envelope(BaseModel):
    options: Options = Options()
    rest: dict[str, Options] = {}


@pytest.mark.parametrize(
    ("type_", "text", "place"),
    [
        (Envelope, '{"options": {"c": 1}}', "options"),
        (Envelope, '{"rest": {"x": {"a": 1}, "y": {"c": 1}}}', "rest.y"),
        (list[Options], '[{"a": 1}, {"c": 1}]', "1"),
        (list[Options], '{"value": [{"c": 1}]}', "0"),
        (dict[int, Options], '{"3": {"c": 1}}', "3"),
        (Options | None, '{"value": {"c": 1}}', "none of"),
    ],
)
def test_so_is_one_inside_another_value(type_: Any, text: str, place: str) -> None:
    assert f"- {place}" in faults(type_, text)
    assert typed_of(type_).parse(text.replace('"c"', '"a"'))


def test_nothing_inside_another_value_is_its_defaults() -> None:
    assert typed_of(Envelope).parse('{"options": {}}') == Envelope()
    assert typed_of(list[Options]).parse("[{}]") == [Options()]


def test_an_object_of_unknown_keys_is_a_fault() -> None:
    assert "none of its keys is one of: a, b" in faults(Options, '{"c": 1}')
    assert "none of its keys is one of: a, b" in faults(Options, 'So: {"c": 1}.')
    assert typed_of(Options).parse('{"a": 3, "c": 1}').a == 3
    assert typed_of(Options).parse("{}") == Options()


def test_an_answer_that_was_cut_is_its_value_only_where_all_of_it_is_json() -> None:
    assert typed_of(Options).parse('{"a": 1}\n\n\n', is_cut=True).a == 1
    for text in ('{"a": 1} or ra', "yes", ""):
        with pytest.raises(ModelError, match="cut off at the limit of tokens"):
            typed_of(Options | bool).parse(text, is_cut=True)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (int, "12", None),
        (int, " 12 \n", None),
        (float, "3.1", None),
        (int | str, "12", None),
        (Any, "12", None),
        (bool, "true", None),
        (Literal[1, 12], "1", None),
        (int, '{"value": 12}', 12),
        (int, '"12"', 12),
        (list[int], "[1, 2]\n", [1, 2]),
        (Any, '"so"', "so"),
    ],
)
def test_a_number_or_word_that_was_cut_may_go_on(
    type_: Any, text: str, value: Any
) -> None:
    if value is None:
        with pytest.raises(ModelError, match="cut off at the limit of tokens"):
            typed_of(type_).parse(text, is_cut=True)
    else:
        assert typed_of(type_).parse(text, is_cut=True) == value


def test_of_labels_that_differ_in_case_only_the_exact_one_is_taken() -> None:
    both = Literal["low", "LOW"]
    assert typed_of(both).parse("LOW") == "LOW"
    assert "Input should be 'low' or 'LOW'" in faults(both, "Low")


# What is not guessed.


@pytest.mark.parametrize(
    "text",
    [
        '{"label": "positive", "score": 0.5',
        '{"label": "positive", "score": 0.5, "reasons": ["a"',
        '{"label": "positive", "score": 0.5, "reasons": ["a',
        f'{STRICT}\nOr rather:\n{{"label": "neg',
        "{'label': 'positive', 'score': 0.5 /* and",
        "<think>It may be " + STRICT,
    ],
)
def test_what_is_cut_off_is_not_completed(text: str) -> None:
    assert "in the middle of its" in faults(Sentiment, text)


def test_a_text_cut_off_in_its_wrapper_is_not_taken_for_the_text() -> None:
    assert "cut off" in faults(str, '{"value": "Hello wor')


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "root", "children": [{"name": "a", "children": []}',
        '{"name": "the "root"", "children": [{"name": "a", "children": []}]}',
        '{"name": "root", "children": [{"name": "a"}, ...]}',
        '{"tree": {"name": "a", "children": []}}',
        '[{"name": "a", "children": []}]',
    ],
)
def test_a_part_is_not_taken_for_the_whole(text: str) -> None:
    faults(Node, text)


@pytest.mark.parametrize(
    "text",
    [
        *["[1 2]", "[1,, 2]", "[,]", "[007]", "[1_000]", "[0x1F]", "[1 + 1]", "[5%]"],
        *["[1: 2]", "(1, 2)", "[1)", "[1}", "{'value': }", "1, 2", "[1, 2, ...]"],
    ],
)
def test_what_is_no_json_in_any_reading_is_invalid(text: str) -> None:
    faults(list[int], text)


def test_thoughts_are_no_answer() -> None:
    faults(Sentiment, f"<think>{STRICT}</think> I cannot tell.")


def test_a_number_in_prose_is_no_answer() -> None:
    faults(float, "about 3 or so")
    faults(int, ".5")


# What is said of faults.


def test_every_fault_is_told_with_its_path() -> None:
    text = faults(Sentiment, '{"label": "so so", "score": "high", "reasons": [1, "a"]}')
    assert text.splitlines() == [
        "the answer does not fit:",
        "- label: Input should be 'positive', 'negative' or 'Mixed Up'",
        "- score: Input should be a valid number, unable to parse string as a number",
        "- reasons.0: Input should be a valid string",
    ]


def test_the_faults_are_those_of_the_best_candidate() -> None:
    text = faults(
        Sentiment, f'[1] says\n```\n{{"label": "positive"}}\n```\n{STRICT[:9]}}}'
    )
    assert "- score: Field required" in text


@pytest.mark.parametrize("text", ["", "I cannot say.", "```\n```"])
def test_an_answer_without_json_is_told_as_such(text: str) -> None:
    assert "there is no JSON in it" in faults(Sentiment, text)


def test_the_place_where_json_breaks_is_told() -> None:
    assert r'its JSON is broken at "good\" stuff' in faults(
        Note, '{"text": "the "good" stuff"}'
    )


def test_faults_are_cut_to_a_sensible_size() -> None:
    secret = "x" * 5000
    answer = {"value": [{secret: i, "label": secret} for i in range(1000)]}
    text = faults(list[Sentiment], json.dumps(answer))
    assert len(text) < 4000
    assert secret[:500] not in text
    assert "and 1990 more" in text


def test_of_very_many_faults_the_number_is_told() -> None:
    assert "- 20000 values do not fit" in faults(list[Note], json.dumps([0] * 20_000))


def test_the_model_is_asked_again_with_the_faults() -> None:
    typed = typed_of(Sentiment)
    with pytest.raises(ModelError) as caught:
        typed.parse('{"label": "positive", "score": "high"}')
    assert typed.fault_prompt(caught.value).splitlines() == [
        "The answer does not fit:",
        "- score: Input should be a valid number, unable to parse string as a number",
        "Answer again with JSON only.",
    ]


# What comes in pieces.


def growth(type_: Any, text: str) -> list[Any]:
    """What is certain of an answer as it grows, where it is something new."""
    found: list[Any] = []
    for end in range(len(text) + 1):
        part = typed_of(type_).partials()(text[:end])
        if part is not None and (not found or part != found[-1]):
            found.append(part)
    return found


def test_fields_come_when_they_are_complete_and_texts_as_they_grow() -> None:
    text = 'Here: {"score": 12, "label": "positive", "reasons": ["ab", "c"]} Done.'
    begun = {"score": 12.0, "label": "positive"}
    assert growth(Sentiment, text) == [
        {"score": 12.0},
        begun,
        {**begun, "reasons": []},
        {**begun, "reasons": [""]},
        {**begun, "reasons": ["a"]},
        {**begun, "reasons": ["ab"]},
        {**begun, "reasons": ["ab", ""]},
        {**begun, "reasons": ["ab", "c"]},
    ]


def test_what_does_not_fit_is_left_out() -> None:
    text = '{"label": "so so", "score": "high", "reasons": ["a", 1, "b"], "more": 1'
    assert growth(Sentiment, text)[-1] == {"reasons": ["a"]}


@pytest.mark.parametrize(
    ("type_", "text", "part"),
    [
        (Sentiment, "", None),
        (Sentiment, "Sure, ", None),
        (Sentiment, "Sure, {", None),
        (Sentiment, '{"score": 1', None),
        (Sentiment, '{"score": 1e', None),
        (Sentiment, '{"score": -', None),
        (Sentiment, '{"label": "posi', None),
        (Sentiment, '{"label": "positive"', {"label": "positive"}),
        (Sentiment, '```json\n{"score": 1, ', {"score": 1.0}),
        (Sentiment, "<think>{'score': 1}", None),
        (Sentiment, "<think>{'score': 1}</think>{\"score\": 2,", {"score": 2.0}),
        (Sentiment, "hm {'score': 1} </think>{\"score\": 2,", {"score": 2.0}),
        (Sentiment, '{curly} {"score": 2,', {"score": 2.0}),
        (Sentiment, "{'score': 2, ..., ", None),
        (Sentiment, STRICT, {"label": "positive", "score": 0.5}),
        (Note, '{"text": "a\\', {"text": "a"}),
        (Note, '{"text": "a\\\\', {"text": "a\\"}),
        (Note, '{"text": "a\\u00e', {"text": "a"}),
        (Note, '{"text": "a\\ud83d', {"text": "a"}),
        (Note, '{"text": "a\\ud83d\\ude0', {"text": "a"}),
        (Note, '{"text": "a\\ud83d\\ude00', {"text": "a\U0001f600"}),
        (Node, '{"name": "a", "children": [{"name": "b', TREE),
        (list[str], '["a", "b', ["a", "b"]),
        (list[str], '{"value": ["a", "b', ["a", "b"]),
        (list[int], '{"value": [1, 2', [1]),
        (dict[str, int], '{"a": 1, "b": 2', {"a": 1}),
        (
            list[Note] | None,
            '[{"text": "a"}, {"text": "b',
            [{"text": "a"}, {"text": "b"}],
        ),
        (Sentiment | Note, '{"value": {"text": "b', {"text": "b"}),
        (str, '{"value": "some', "some"),
        (int, '{"value": 12', None),
        (int, '{"value": 12}', 12),
        (Any, '{"a": [1, {"b": "c', {"a": [1, {"b": "c"}]}),
        (Any, "See {'a': 1}", None),
        (Label, '{"value": "posit', None),
    ],
)
def test_what_is_certain_of_a_beginning(type_: Any, text: str, part: Any) -> None:
    assert typed_of(type_).partials()(text) == part


def test_the_reader_tells_nothing_twice() -> None:
    read_on = typed_of(Note).partials()
    assert read_on('{"text": "a') == {"text": "a"}
    assert read_on('"') is None
    assert read_on(" ") is None
    assert read_on(' , "more": [') is None


def test_the_reader_looks_again_only_when_the_answer_has_grown() -> None:
    read_on = typed_of(Note).partials()
    read_on(json.dumps({"text": "x" * 10_000})[:-2])
    fed = [read_on("y" * 10) is not None for _ in range(200)]
    looks = [index for index, has_looked in enumerate(fed) if has_looked]
    assert looks == [62, 129]


# What it costs.


def operations(work: Callable[[], Any]) -> int:
    """How many calls of functions some work takes, those in C among them."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


HOSTILE = [
    *["{", "[", "[]", "{}", '"', "`", "```\n", "```json\n{}\n```\n", "{'a':", "[0,"],
    *['{"a": 1 x ', "{/*", "{'", "{\u201c", "[#", "[#\n", "\\", "<think>", "'\"", "]"],
    *["{a:[", "0,", "[{},", '{"a":"', "\ud83d", " ", "- [x] ", "{{a}} ", "~~~\n"],
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("type_", [Sentiment, list[int], Label, str])
def test_hostile_answers_take_linear_time(type_: Any, piece: str) -> None:
    def work(count: int) -> Callable[[], None]:
        def parse() -> None:
            try:
                typed_of(type_).parse(piece * count)
            except ModelError as error:
                assert error.kind == "invalid_output"

        return parse

    work(1)()
    small, large = operations(work(2_000)), operations(work(8_000))
    assert large < 5 * small + 2_000


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_streams_take_linear_time(piece: str) -> None:
    def work(count: int) -> Callable[[], None]:
        def feed() -> None:
            read_on = typed_of(Sentiment).partials()
            for _ in range(count):
                read_on(piece)

        return feed

    work(1)()
    small, large = operations(work(1_000)), operations(work(4_000))
    assert large < 6 * small + 2_000


def test_deep_nesting_is_an_invalid_answer() -> None:
    for depth in (150, 250, 100_000):
        for opening, closing in (("[", "]"), ('{"name":"a","children":[', "]}")):
            text = opening * depth + closing * depth
            for type_ in (Node, list[int], Any):
                try:
                    typed_of(type_).parse(f"{text},")
                    typed_of(type_).parse(text)
                except ModelError as error:
                    assert error.kind == "invalid_output"
                typed_of(type_).partials()(text[: len(text) // 2])
