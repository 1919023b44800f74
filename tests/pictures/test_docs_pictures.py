"""The pictures of the documentation are those that the commands draw now."""

from __future__ import annotations

from pathlib import Path

import pytest
from n3gen.cli import main

ROOT = Path(__file__).parents[2]

PICTURES = {
    "docs/pictures/support_triage.svg": ("graph", "specs/support_triage.ai"),
    "docs/pictures/trace_digest.svg": ("trace", "docs/pictures/trace_digest.json"),
}
"""The pictures, and the commands that draw them, each with `--out` behind it."""


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_is_fresh(
    picture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_goldens: bool
) -> None:
    monkeypatch.chdir(ROOT)
    out = ROOT / picture if update_goldens else tmp_path / Path(picture).name
    assert main([*PICTURES[picture], "--out", str(out)]) == 0
    shown = (ROOT / picture).read_text(encoding="utf-8")
    assert shown == out.read_text(encoding="utf-8"), "run `make pictures`"


def test_every_picture_is_shown_by_a_page() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in ROOT.glob("docs/*.md"))
    files = sorted(path.name for path in (ROOT / "docs/pictures").glob("*.svg"))
    assert files == sorted(Path(picture).name for picture in PICTURES)
    assert all(f"(pictures/{name})" in pages for name in files)
