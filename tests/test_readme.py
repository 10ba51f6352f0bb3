"""The Python snippets of README.md and docs/ run as they stand; the architecture names what is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
SNIPPETS = [
    pytest.param(block, id=f"{path.name}-{number}")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for number, block in enumerate(BLOCK.findall(path.read_text("utf-8")))
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippet_runs(snippet, library):
    exec(compile(snippet, "snippet", "exec"), {})  # noqa: S102 - our own documentation


def test_the_architecture_names_every_module_and_no_other():
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\|([^|]*)\|", text[: text.index("## State")], re.M)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    there = {path.stem for path in (ROOT / "writ_gym").iterdir() if path.suffix in ("", ".py")}
    assert sorted(named) == sorted(there - {"__init__", "__main__", "__pycache__", "py"})
