"""The texts in `specs/data`: their words, moods, topics and passages."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

__all__ = [
    "DATA",
    "Index",
    "document_of",
    "documents",
    "feedback",
    "sentiment_of",
    "topics_of",
    "words_of",
]

DATA = Path(__file__).parent / "data"

_GOOD_WORDS = """
love loved loves lovely great good excellent wonderful superb outstanding perfect
perfectly joy delight delighted brilliant gorgeous amazing impressed impressive
happy grateful thank thanks beautiful best better magic painless fast quick quickly
reliable flawless flawlessly solid sturdy calm pleasure pleased pleasant pleasantly
favourite thoughtful heavenly smart content exemplary priceless worth honest honesty
charming sweet simple easy nice fun compliment loyal remarkable strong crisp faster
neat neatly smile refreshingly safe friendly punctual accurate works
"""
GOOD = frozenset(_GOOD_WORDS.split())
_BAD_WORDS = """
bad broken broke cracked crack crash crashes crashed stuck lost lose loses furious
disappointed disappointing disappointment unacceptable terrible useless unusable
slow sluggish annoying annoyed wrong fault faulty fails failed failing fail freezes
froze overpriced expensive steep mess mangles mangled loose wobbly wobbles cheap
misled missing dead ghosting ghost dim worse worst never nothing nobody drains
refund cancel cancelled declined charged creepy careless trap shady dropped drops
drop hot overheats bricked cannot broken unreliable jerky peels absurd pointless
blotchy heartbreaking bubbles embarrassing maddening laughably bothers hopeless pity
nuisance trouble pain late hidden poor swelled whistle stolen refuses refused
rejected warning avoid sour destroyed error errors dust rubs bypassed complain
"""
BAD = frozenset(_BAD_WORDS.split())
TURNS = frozenset({"not", "no", "never", "hardly", "without", "nobody", "nothing"})

TOPICS = {
    "battery": {"battery", "charge", "charging", "charger", "usb"},
    "pen": {"pen", "nib", "nibs", "eraser", "stylus", "magnet"},
    "screen": {"screen", "glass", "ghosting", "glare", "light", "display", "film"},
    "sync": {"sync", "syncs", "wifi", "server", "shared", "synchronisation", "upload"},
    "updates": {"update", "firmware", "version", "2.3", "2.4"},
    "support": {"support", "ticket", "reply", "refund", "warranty", "repair", "call"},
    "orders": {"order", "parcel", "shipping", "delivery", "invoice", "customs", "box"},
    "price": {"price", "subscription", "charged", "euros", "discount", "sale", "cost"},
    "recognition": {"handwriting", "recognition", "converted", "conversion", "search"},
    "files": {"pdf", "export", "svg", "folders", "tables", "page", "pages", "files"},
}


def feedback(source: str) -> list[dict[str, str]]:
    """The feedback texts of a source, each with `id`, `date` and `text`."""
    path = DATA / "feedback" / f"{source}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return re.findall(r"[a-z0-9]+(?:[.'][a-z0-9]+)*", text.lower())


def balance(text: str) -> int:
    """Good words less bad ones; a negation up to two words before a word turns it."""
    words = words_of(text)
    total = 0
    for index, word in enumerate(words):
        value = (word in GOOD) - (word in BAD)
        if value and TURNS & set(words[max(0, index - 2) : index]):
            value = -value
        total += value
    return total


def sentiment_of(text: str) -> str:
    """`positive`, `negative` or `neutral`."""
    found = balance(text)
    return "positive" if found > 0 else "negative" if found < 0 else "neutral"


def topics_of(text: str) -> list[str]:
    """The topics that a text touches, most words first."""
    words = Counter(words_of(text))
    hits = {name: sum(words[word] for word in terms) for name, terms in TOPICS.items()}
    return sorted((t for t in hits if hits[t]), key=lambda t: (-hits[t], t))


def documents() -> list[dict[str, str]]:
    """The documents, each with `title` and `text`, in the order of their file names."""
    return [document_of(path) for path in sorted((DATA / "documents").glob("*.md"))]


def document_of(path: Path) -> dict[str, str]:
    """The document in a file: its `title` and its `text`."""
    title, _, text = path.read_text(encoding="utf-8").partition("\n")
    return {"title": title.removeprefix("# "), "text": text.strip()}


class Index:
    """Passages of documents, found by BM25."""

    def __init__(self, prefix: str) -> None:
        self.passages: list[tuple[str, str]] = []
        for path in sorted((DATA / "documents").glob(f"{prefix}-*.md")):
            blocks = path.read_text(encoding="utf-8").split("\n\n")
            title = blocks[0].removeprefix("# ").strip()
            self.passages += [(title, block.strip()) for block in blocks[1:]]
        self.counts = [Counter(words_of(f"{t} {p}")) for t, p in self.passages]
        self.length = sum(c.total() for c in self.counts) / max(len(self.counts), 1)

    def search(self, query: str, best: int = 3) -> list[dict[str, Any]]:
        """The passages that fit best, with title and score."""
        terms = set(words_of(query))
        scores = [self._score(counts, terms) for counts in self.counts]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        return [
            {
                "title": self.passages[index][0],
                "text": self.passages[index][1],
                "score": round(scores[index], 2),
            }
            for index in order[:best]
            if scores[index] > 0
        ]

    def _score(self, counts: Counter[str], terms: set[str]) -> float:
        length = counts.total() / self.length
        return sum(
            self._weight(term)
            * counts[term]
            * 2.2
            / (counts[term] + 1.2 * (0.25 + 0.75 * length))
            for term in terms
            if counts[term]
        )

    def _weight(self, term: str) -> float:
        having = sum(1 for counts in self.counts if term in counts)
        return math.log(1 + (len(self.counts) - having + 0.5) / (having + 0.5))
