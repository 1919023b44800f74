"""What the site has beside the pages of `docs/`: files from the top of the repository.

Their links, and those to them, are written for readers of the repository.
"""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

FROM_TOP = ("CHANGELOG.md", "CONTRIBUTING.md")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from the top of the repository."""
    top = Path(config.docs_dir).parent
    for name in FROM_TOP:
        text = (top / name).read_text(encoding="utf-8")
        files.append(
            File.generated(config, name, content=text.replace("](docs/", "]("))
        )
    return files


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Let links to these pages lead to their places on the site."""
    names = "|".join(map(re.escape, FROM_TOP))
    markdown = re.sub(rf"\]\(\.\./({names})", r"](\1", markdown)
    # A mark behind the language of a block is for the tests of the pages.
    return re.sub(r"(?m)^```(\w+) \w+$", r"```\1", markdown)
