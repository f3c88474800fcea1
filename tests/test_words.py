"""Phrases that a reader stops at, in any file of the project."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

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


@cache
def texts() -> dict[str, list[str]]:
    """Return the lines of the project's own files with text, by their path."""
    found: dict[str, list[str]] = {}
    for place, folders, names in os.walk(CHECKOUT):
        folders[:] = sorted(name for name in folders if name[0] != "." or name == ".github")
        for file in (Path(place, name) for name in sorted(names)):
            path = file.relative_to(CHECKOUT).as_posix()
            if file.suffix in SUFFIXES and path != "tests/test_words.py":
                found[path] = file.read_text(encoding="utf-8").splitlines()
    return found


@pytest.mark.parametrize("phrase", PHRASES)
def test_nobody_writes(phrase: str) -> None:
    found = [
        f"{path}:{number}: {line.strip()}"
        for path, lines in texts().items()
        for number, line in enumerate(lines, start=1)
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
