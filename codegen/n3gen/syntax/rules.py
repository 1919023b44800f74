"""All rules of syntax."""

from __future__ import annotations

from n3gen.syntax.block_rules import (
    BadHeader,
    DuplicateKey,
    ExpectedName,
    UnknownBlock,
)
from n3gen.syntax.closing_rules import UnterminatedBracket, UnterminatedQuote
from n3gen.syntax.colon_rules import MissingColon
from n3gen.syntax.document_rules import (
    KeyNotText,
    NotAMapping,
    TooDeep,
    TooManyValues,
    YamlFeature,
    YamlSyntax,
)
from n3gen.syntax.layout_rules import BadDedent, BadIndent, TabIndentation
from n3gen.syntax.place_rules import MisplacedBlock, StepsWithoutChain
from n3gen.syntax.text_rules import (
    BadEscape,
    ControlCharacter,
    NotText,
    UnexpectedText,
)

__all__ = [
    "BadDedent",
    "BadEscape",
    "BadHeader",
    "BadIndent",
    "ControlCharacter",
    "DuplicateKey",
    "ExpectedName",
    "KeyNotText",
    "MisplacedBlock",
    "MissingColon",
    "NotAMapping",
    "NotText",
    "StepsWithoutChain",
    "TabIndentation",
    "TooDeep",
    "TooManyValues",
    "UnexpectedText",
    "UnknownBlock",
    "UnterminatedBracket",
    "UnterminatedQuote",
    "YamlFeature",
    "YamlSyntax",
]
