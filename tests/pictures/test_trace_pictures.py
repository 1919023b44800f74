"""Traces as pages and pictures, in a real browser."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any, Literal

import pytest
from n3gen.traces.compare import compared, step_rows
from n3gen.traces.model import LimitUses, Trace
from n3gen.traces.read import trace_of
from n3gen.traces.render import trace_html, trace_svg
from playwright.sync_api import Page, expect

from tests.pictures.ran import RETRIES, cut_short, digest, large, record, step
from tests.pictures.test_graph_pictures import CONTRAST

pytestmark = pytest.mark.large

LIMITS = {"llm": LimitUses(2, {"classify": 1, "summary": 1})}


def digest_page() -> str:
    return trace_html([trace_of(digest(), RETRIES, LIMITS)], ["digest"])


@pytest.fixture
def opened(page: Page) -> Page:
    page.set_content(digest_page())
    return page


def colour_at(page: Page, ms: float, lane: int) -> str:
    """The colour of a timeline at a time and in a lane, as the page calls it."""
    name: str = page.evaluate(
        """([ms, lane]) => {
          const one = timelines[0], scale = devicePixelRatio;
          const data = one.pen.getImageData(one.x(ms) * scale, (one.top + lane * one.height + 4) * scale, 1, 1).data;
          const hex = "#" + [...data.slice(0, 3)].map((part) => part.toString(16).padStart(2, "0")).join("");
          return Object.keys(colours).find((name) => colours[name] === hex) || hex;
        }""",
        [ms, lane],
    )
    return name


def odd_runs() -> dict[str, Trace]:
    """Runs in which something is as it seldom is."""
    late = step("late", 100, 900, status="cancelled", queued_ms=100)
    lost = (step("a", 0, 9), step("b", 0, 9, status="cancelled"), step("c", 9, 4))
    cut = (step("q", 0, 300, status="cancelled"), step("e", 300, 40))
    call = (
        step("x", 0, 300),
        step("y", 5, 90, path="x.y"),
        step("z", 95, 9, path="x.z"),
    )
    names = [
        step(
            "長い名前" * 15, 0, 50, error="</script><script>alert(1)</script>\x1b\u202e"
        ),
        step("x" * 700, 20, 60, path=f"docs[\u05d0\u05d1\t].{'x' * 700}"),
    ]
    lanes = [step(f"s{number}", number % 7, 40) for number in range(40)]
    return {
        "nothing": trace_of(record("c")),
        "one": trace_of(record("c", step("only", 0, 0))),
        "digest": trace_of(digest(), RETRIES, LIMITS),
        "race": trace_of(record("c", *lost)),
        "timeout": trace_of(
            {**record("c", step("a", 0, 80), late), "status": "timeout"}
        ),
        "failed": trace_of({**record("c", *lost), "status": "error", "error": "a <b>"}),
        "called": trace_of(record("c", *call)),
        "names": trace_of(record("c", *names)),
        "lanes": trace_of(record("c", *lanes)),
        "rounds": trace_of(large(400)),
        "dropped": trace_of(cut_short(large(40), 25)),
        "within": trace_of(record("c", *cut)),
    }


@pytest.mark.parametrize("name", odd_runs())
def test_the_page_makes_of_a_record_what_texts_and_pictures_show(
    page: Page, name: str
) -> None:
    trace = odd_runs()[name]
    page.set_content(trace_html([trace], ["run"]))
    spans, lanes, series, rows = page.evaluate("""() => [
      runs[0].spans.map((s) => [s.path, s.lane, s.critical, s.outer, s.error, s.parts.map((p) => [p.kind, p.start, p.end])]),
      runs[0].lanes,
      runs[0].series.map((s) => [s.name, s.most, s.points]),
      wholeRows(runs).map((row) => [row.name, row.texts[0]]),
    ]""")
    ordered = sorted(trace.spans, key=lambda span: span.start)
    assert spans == [
        [s.path, s.lane, s.critical, s.outer, s.error, [list(p) for p in s.parts]]
        for s in ordered
    ]
    assert lanes == trace.lanes
    assert series == [
        [s.name, s.most, [list(point) for point in s.points]] for s in trace.series
    ]
    assert rows == [[row.name, row.values[0]] for row in compared([trace])]
    assert page.evaluate("document.querySelectorAll('script').length") == 2


@pytest.mark.parametrize(
    "both",
    [(digest(), digest(faster=3)), (cut_short(large(40), 25), large(40))],
    ids=["digest", "dropped"],
)
def test_two_runs_are_compared_as_texts_compare_them(
    page: Page, both: tuple[dict[str, Any], ...]
) -> None:
    traces = [*map(trace_of, both)]
    page.set_content(trace_html(traces, ["a", "b"]))
    told = page.evaluate(
        "[...wholeRows(runs), ...stepRows(runs)].map((row) => [row.name, row.texts, row.change])"
    )
    rows = [*compared(traces), *step_rows(traces)]
    assert told == [[row.name, list(row.values), row.change] for row in rows]


def test_names_are_cut_to_their_bars_whatever_they_are_written_in(page: Page) -> None:
    page.set_content(trace_html([odd_runs()["names"]], ["run"]))
    page.wait_for_function("due === 0")
    for room in (30, 100, 300):
        told = page.evaluate(
            """(room) => { const pen = timelines[0].pen; pen.font = MONO;
              return ["長い名前".repeat(15), "\u05d0".repeat(60), "x".repeat(60), "😀".repeat(40)].map((text) => {
                const cut = fitting(pen, text, room);
                return [pen.measureText(cut).width <= room, cut.isWellFormed()]; }); }""",
            room,
        )
        assert told == [[True, True]] * 4


def test_lines_and_labels_of_a_picture_are_cut_to_their_room(page: Page) -> None:
    page.set_content(trace_svg(odd_runs()["names"]))
    out = page.evaluate("""() => {
      const frame = document.querySelector("svg").getBoundingClientRect();
      const found = [...document.querySelectorAll("svg text")].filter((text) => text.getBoundingClientRect().right > frame.right);
      for (const bar of document.querySelectorAll("svg g")) {
        const text = bar.querySelector("text"), last = [...bar.querySelectorAll("rect")].at(-1);
        if (last && text && text.getBoundingClientRect().right > last.getBoundingClientRect().right + 1) found.push(text);
      }
      return found.map((text) => text.textContent.slice(0, 20));
    }""")
    assert out == []


def test_a_long_name_does_not_push_the_table_away(page: Page) -> None:
    page.set_content(trace_html([odd_runs()["names"]], ["run"]))
    width = page.get_by_role("rowheader").last.evaluate("cell => cell.clientWidth")
    assert width < 700


def test_lettering_and_bars_stand_out(page: Page) -> None:
    page.set_content(digest_page())
    light = """(name) => {
      const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
      const part = (at) => { const v = parseInt(hex.slice(at, at + 2), 16) / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
      return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
    }"""

    def contrast(one: str, other: str) -> float:
        found = sorted([page.evaluate(light, one), page.evaluate(light, other)])
        return float((found[1] + 0.05) / (found[0] + 0.05))

    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        shades = ("ok", "error", "timeout", "cancelled", "queued", "sleep")
        assert min(contrast("lettering", shade) for shade in shades) >= 4.5
        assert min(contrast(name, "paper") for name in ("soft", "way", "link")) >= 4.5
        # What frames bars is no text.
        assert min(contrast(name, "paper") for name in ("line", "way", "link")) >= 3


def test_more_lanes_than_a_canvas_is_tall(page: Page) -> None:
    together = record("c", *(step(f"s{number}", 0, 50) for number in range(10_000)))
    page.set_content(trace_html([trace_of(together)], ["run"]))
    page.wait_for_function("due === 0")
    assert page.evaluate("timelines[0].canvas.clientHeight") < 9_000
    # Bars are less than a pixel high there, and so mixed with what is around.
    assert colour_at(page, 25, 9_990) not in ("paper", "rule")


def test_stretches_of_a_step_have_shades_of_their_own(opened: Page) -> None:
    opened.wait_for_function("due === 0")
    assert colour_at(opened, 1000, 0) == "ok"
    assert colour_at(opened, 1200, 2) == "queued"
    assert colour_at(opened, 1500, 2) == "error"
    assert colour_at(opened, 900, 1) == "error"  # a try that failed
    assert colour_at(opened, 1350, 1) == "sleep"
    assert colour_at(opened, 1800, 1) == "ok"


def test_a_table_has_what_the_timeline_shows(opened: Page) -> None:
    table = opened.get_by_role("table", name="Steps of digest")
    row = table.get_by_role("row").filter(has_text="docs[1]")
    cells = row.get_by_role("cell").all_text_contents()
    assert cells == [
        *["ok, critical", "400 ms", "200 ms", "1.20 s", "300 ms", "2", "700", "0.0200"],
        "",
    ]
    assert opened.get_by_text(
        "critical path: fetch → docs[1].classify → summary"
    ).count()
    failed = table.get_by_role("row").filter(has_text="docs[2]")
    expect(failed.get_by_text("503 <b>Service</b> Unavailable")).to_be_visible()
    picture = opened.get_by_role("img", name="Timeline of digest: 5 steps")
    expect(picture).to_be_visible()


def test_the_pointer_tells_of_a_step(opened: Page) -> None:
    opened.wait_for_function("due === 0")
    canvas = opened.locator("canvas")
    x, y = opened.evaluate("[timelines[0].x(1000), timelines[0].top + 30]")
    canvas.hover(position={"x": x, "y": y})
    told = opened.locator(".about")
    expect(told).to_contain_text("docs[1].classify: ok, on the critical path")
    expect(told).to_contain_text("queued 200 ms, pauses 300 ms, 2 tries, 700 tokens")


def test_zoom_and_pan_by_keyboard_buttons_and_wheel(opened: Page) -> None:
    def view() -> tuple[float, float]:
        start, end = opened.evaluate("[view.start, view.end]")
        return start, end

    whole = view()
    opened.locator("canvas").focus()
    opened.keyboard.press("+")
    start, end = view()
    assert whole[0] < start < end < whole[1]
    opened.keyboard.press("ArrowRight")
    assert view()[0] > start
    opened.keyboard.press("Home")
    assert view() == whole
    opened.get_by_role("button", name="Zoom in").click()
    assert view()[1] < whole[1]
    opened.get_by_role("button", name="Whole run").click()
    assert view() == whole
    opened.locator("canvas").hover(position={"x": 300, "y": 60})
    opened.keyboard.down("Control")
    opened.mouse.wheel(0, -300)
    opened.keyboard.up("Control")
    opened.wait_for_function("view.end - view.start < 2000")
    at = view()
    opened.mouse.down()
    opened.mouse.move(100, 200, steps=3)
    opened.mouse.up()
    assert view() != at


def test_steps_are_found(opened: Page) -> None:
    opened.get_by_role("searchbox", name="Find steps").fill("DOCS[2]")
    expect(opened.get_by_role("rowheader")).to_have_text(["docs[2].classify"])


def test_two_runs_have_one_axis_and_a_table_of_what_differs(page: Page) -> None:
    traces = [trace_of(digest()), trace_of(digest(faster=2))]
    page.set_content(trace_html(traces, ["a.json", "b.json"]))
    table = page.get_by_role("table", name="Comparison")
    row = table.get_by_role("row").filter(has_text="summary")
    assert row.get_by_role("cell").all_text_contents() == ["800 ms", "400 ms", "-50%"]
    expect(page.locator("canvas")).to_have_count(2)
    ends = page.evaluate("timelines.map((one) => one.x(2500))")
    assert ends[0] == ends[1]


def test_a_page_of_10_000_steps_opens_in_two_seconds_and_pans(
    page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "large.html"
    path.write_text(trace_html([trace_of(large(10_000))], ["large"]), encoding="utf-8")
    # Of several the quickest counts, as other work on the machine slows some down.
    opened: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        page.goto(path.as_uri())
        page.wait_for_function("due === 0 && timelines[0].pen")
        opened.append(time.perf_counter() - began)
    assert min(opened) < 2
    took = page.evaluate("""() => {
          const times = [];
          for (let number = 0; number < 30; number++) {
            pan(number % 2 ? 0.01 : -0.01);
            const began = performance.now();
            timelines[0].draw();
            times.push(performance.now() - began);
          }
          return Math.min(...times);
        }""")
    assert took < 60
    expect(page.get_by_role("row")).to_have_count(101)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Steps 101 to 200 of 10,000")).to_be_visible()


def test_a_page_needs_no_network_and_is_small() -> None:
    page = trace_html([trace_of(digest())], ["digest"])
    assert len(page) < 100_000
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", page)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_no_wider_than_the_screen(opened: Page, width: int) -> None:
    opened.set_viewport_size({"width": width, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_a_picture_can_be_read_in_light_and_dark(page: Page) -> None:
    picture = trace_svg(trace_of(digest(), RETRIES, LIMITS))
    page.set_content(picture)
    assert min(page.evaluate(CONTRAST)) >= 4.5
    page.emulate_media(color_scheme="dark")
    assert min(page.evaluate(CONTRAST)) >= 4.5
    title = page.locator("title", has_text="docs[1].classify").text_content() or ""
    assert "work 1.20 s, queued 200 ms, pauses 300 ms, 2 tries" in title
    assert "what nobody may see" not in picture
