"""Phrases that a reader stops at, in any file of the project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PHRASES = {
    r"\banew\b": "again",
    r"\bbegin of\b": "start of",
    r"(?<!there )\bis no (?!longer|more)": "is not a",
    r"\bheld against\b": "checked against",
    r"\blikewise\b": "the thing itself",
    r"\bsee there\b": "the place",
    r"\btells whether\b": "returns whether",
}
"""What to write instead of each."""
MOST_WORDS = 45
"""What somebody new can learn in a day."""
SUFFIXES = {".md", ".py", ".sql", ".toml", ".yaml", ".yml"}


def files() -> Iterator[Path]:
    """The project's own files with text."""
    for file in sorted(CHECKOUT.rglob("*")):
        name = file.relative_to(CHECKOUT).as_posix()
        own = file.suffix in SUFFIXES and not any(
            part[0] == "." for part in file.parts[len(CHECKOUT.parts) : -1]
        )
        if own and file.is_file() and name != "tests/test_words.py":
            yield file


@pytest.mark.parametrize("phrase", PHRASES)
def test_nobody_writes(phrase: str) -> None:
    found = [
        f"{file.relative_to(CHECKOUT)}:{number}: {line.strip()}"
        for file in files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(phrase, line, re.IGNORECASE)
    ]

    assert not found, f"Write {PHRASES[phrase]!r} instead:\n" + "\n".join(found)


def test_the_words_to_learn_are_few_and_name_classes() -> None:
    guide = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    glossary = guide.partition("## Words")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)[1:]
    words = [word.strip() for row in rows for word in row.split(",")]
    code = "".join(f.read_text(encoding="utf-8") for f in (CHECKOUT / "tap_8x8_cc").rglob("*.py"))
    classes = set(re.findall(r"^class (\w+)", code, re.MULTILINE))

    assert len(words) <= MOST_WORDS
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} <= classes
