"""The project speaks of itself alone: no file names a private path or one machine's tools."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

# Put together here, so that this file does not name them either.
PRIVATE = (
    "/" + "work" + "/",
    "." + "library",
    "/" + "tmp" + "/",
    "/" + "root" + "/",
    r"/home/\w+/",
    r"/Users/\w+/",
    r"(?i)\bclau" + r"de\b",
    "files." + "pythonhosted",
    "pypi." + "org",
)
TEXT = {
    ".py",
    ".sql",
    ".yml",
    ".yaml",
    ".toml",
    ".md",
    ".csv",
    ".txt",
    ".in",
    ".lock",
    ".sh",
    ".cfg",
    ".json",
    "",
}


def private_words(text: str) -> list[str]:
    """Each private pattern that the text holds, with the number of the first line that holds it."""
    found = []
    for pattern in PRIVATE:
        hit = re.search(re.escape(pattern) if "\\" not in pattern else pattern, text)
        if hit:
            found.append(f"line {text.count(chr(10), 0, hit.start()) + 1}: {hit.group(0)}")
    return found


def repository_files(root: Path) -> list[Path]:
    """Files that are, or with the next commit may be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return [root / name for name in listed.stdout.splitlines() if (root / name).is_file()]


def test_no_file_names_a_private_path(root: Path) -> None:
    wrong = []
    for path in repository_files(root):
        if path.suffix in TEXT:
            for hit in private_words(path.read_text(errors="replace")):
                wrong.append(f"{path.relative_to(root)}: {hit}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("word", ["see /" + "work/main", "x\nthe ." + "library", "/home/" + "me/x"])
def test_a_private_word_is_seen(word: str) -> None:
    assert len(private_words(word)) == 1


@pytest.mark.parametrize(
    "word", ["a library of models", "framework/", "the network/disk", "/home page"]
)
def test_common_words_pass(word: str) -> None:
    assert private_words(word) == []
