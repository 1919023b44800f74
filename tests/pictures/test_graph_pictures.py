"""Graphs as pictures and as pages, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from n3gen.graph.page import Chart
from n3gen.graph.render import as_html, as_svg
from playwright.sync_api import Page, expect

from tests.pictures.drawn import every_graph, graph, graphs_of, in_sequence, together

pytestmark = pytest.mark.large

OVERLAPS = """() => {
  const found = [];
  for (const picture of document.querySelectorAll("svg.graph")) {
    if (!picture.getClientRects().length) continue;
    const boxes = [...picture.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    boxes.sort((one, other) => one[1].top - other[1].top);
    boxes.forEach(([text, box], index) => {
      for (let next = index + 1; next < boxes.length && boxes[next][1].top < box.bottom - 1; next++) {
        const other = boxes[next][1];
        if (box.left < other.right - 1 && other.left < box.right - 1) found.push([text, boxes[next][0]]);
      }
    });
    const frame = picture.getBoundingClientRect();
    for (const [text, box] of boxes) {
      if (box.right > frame.right || box.bottom > frame.bottom || box.left < frame.left) found.push([text, "outside"]);
    }
    for (const shape of picture.querySelectorAll(".step, .block")) {
      const own = shape.querySelector("rect").getBoundingClientRect();
      for (const text of shape.querySelectorAll("text")) {
        const box = text.getBoundingClientRect();
        if (box.left < own.left || box.right > own.right || box.bottom > own.bottom) found.push([text.textContent, "sticks out"]);
      }
    }
  }
  return found;
}"""

CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(parse(getComputedStyle(document.querySelector(".paper")).fill));
  return [...document.querySelectorAll("svg text")].map((text) => {
    const ink = light(parse(getComputedStyle(text).fill));
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  });
}"""


def page_of_all() -> str:
    return as_html([Chart(one) for one in every_graph()], "Chains of specs")


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_labels_overlap_on_a_page_of_all_specs(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.set_content(page_of_all())
    assert page.evaluate(OVERLAPS) == []
    # Pictures scroll by themselves; the page does not.
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("drawn", [in_sequence(300), together(100)], ids=["row", "fan"])
def test_no_labels_overlap_in_a_chain_of_300_steps(page: Page, drawn: object) -> None:
    page.set_content(as_svg(drawn))  # type: ignore[arg-type]
    assert page.locator("svg .step").count() == 300
    assert page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_can_be_read_in_light_and_dark(
    page: Page, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_content(as_svg(next(every_graph())))
    ratios = page.evaluate(CONTRAST)
    assert len(ratios) > 5
    assert min(ratios) >= 4.5
    paper = page.locator(".paper").evaluate("element => getComputedStyle(element).fill")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]


def test_a_picture_stands_alone_as_an_image(page: Page, tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text(as_svg(next(every_graph())), encoding="utf-8")
    (tmp_path / "x.html").write_text('<img src="x.svg" alt="the plan">')
    page.goto((tmp_path / "x.html").as_uri())
    image = page.get_by_role("img", name="the plan")
    assert image.evaluate("image => image.complete && image.naturalWidth") > 100


def test_a_tooltip_has_the_prompt_the_limits_and_the_timeout(page: Page) -> None:
    page.set_content(
        as_svg(
            graph(
                "connection m:\n    api: local\nlimit db: 3\nchain c:\n"
                "    step ask:\n        prompt: What is {{ payload.x }} & <why>?\n"
                "        timeout: 10\n        limit: db\n"
            )
        )
    )
    title = page.locator("g.step title").text_content() or ""
    assert "prompt: What is {{ payload.x }} & <why>?" in title
    assert "timeout: 10s" in title
    assert "limits: limit llm, db" in title
    assert "spec.ai:5" in title


@pytest.fixture
def two_chains(page: Page) -> Page:
    found = graphs_of(
        "connection m:\n    api: local\n"
        "chain first:\n    description: Asks twice\n"
        "    step one:\n        prompt: about whales\n"
        "    step two:\n        prompt: about {{ one }}\n"
        "chain second:\n    step three:\n        prompt: about ants\n"
    )
    page.set_content(as_html([Chart(one) for one in found.values()], "Two chains"))
    return page


def test_the_facts_of_a_picture_are_in_a_table(two_chains: Page) -> None:
    table = two_chains.get_by_role("table", name="Steps of first")
    heads = table.get_by_role("columnheader").all_text_contents()
    assert heads == ["Step", "What", "Batch", "Waits for", "Bounds", "Details", "Spec"]
    row = table.get_by_role("row").filter(has_text="two")
    assert row.get_by_role("rowheader").text_content() == "two critical"
    cells = row.get_by_role("cell").all_text_contents()
    assert cells[:4] == ["llm", "2", "one", "limit llm"]
    assert row.get_by_role("link", name="line 7").get_attribute("href") == "spec.ai#L7"
    picture = two_chains.get_by_role("img", name="Graph of chain first")
    expect(picture.first).to_be_visible()


def test_what_waits_for_many_is_folded_in_the_table(page: Page) -> None:
    page.set_content(as_html([Chart(together(20))], "Fan"))
    row = page.get_by_role("row").filter(has_text="b7")
    names = row.get_by_text("a0, a1, a2")
    expect(names).to_be_hidden()
    row.get_by_text("20 steps").focus()
    page.keyboard.press("Enter")
    expect(names).to_be_visible()


def test_details_open_by_the_keyboard(two_chains: Page) -> None:
    row = two_chains.get_by_role("row").filter(has_text="two")
    prompt = row.get_by_text("about {{ one }}")
    expect(prompt).to_be_hidden()
    row.locator("summary").focus()
    two_chains.keyboard.press("Enter")
    expect(prompt).to_be_visible()


def test_a_search_finds_prompts(two_chains: Page) -> None:
    box = two_chains.get_by_role(
        "searchbox", name="Search names, kinds, prompts, limits"
    )
    box.fill("WHALES")
    expect(two_chains.get_by_role("rowheader")).to_have_text(["one critical"])
    expect(two_chains.get_by_role("heading", name="second")).to_be_hidden()
    expect(two_chains.get_by_role("status")).to_have_text("1 step in 1 chain")
    assert two_chains.locator(".wide a.dim").count() == 2
    box.fill("second")
    expect(two_chains.get_by_role("rowheader")).to_have_text(["three critical"])
    box.fill("")
    expect(two_chains.get_by_role("rowheader")).to_have_count(3)


def test_a_step_in_the_picture_leads_to_its_row(two_chains: Page) -> None:
    two_chains.locator(".wide a").nth(1).click()
    assert two_chains.evaluate("document.querySelector(':target').id") == "c1-n2"


def test_a_phone_gets_a_picture_that_fits(two_chains: Page) -> None:
    two_chains.set_viewport_size({"width": 390, "height": 800})
    pictures = two_chains.get_by_role("img", name="Graph of chain first")
    expect(pictures).to_have_count(1)
    box = pictures.bounding_box()
    assert box is not None
    assert box["width"] <= 390


def test_a_page_without_its_data_is_small() -> None:
    assert len(as_html([], "Nothing")) < 100_000
