"""The Python snippets of README.md and docs/ run as they stand; the architecture names what is.

So do the examples of two pages, which print what is shown there.
"""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from writ_gym.cli import main

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


@pytest.mark.parametrize(
    ("page", "commands"),
    [
        ("certified-tasks", ["sample -n 1 --write-count 1 ", "explain example.jsonl"]),
        ("evaluation", ["eval --agent shortcut:random"]),
    ],
)
def test_an_example_prints_what_its_page_shows(page, commands, tmp_path, monkeypatch):
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    example = text[text.index("## An example") :]
    (shown,) = re.findall(r"^```text\n(.*?)^```", example[: example.index("\n## ")], re.M | re.S)
    monkeypatch.chdir(tmp_path)
    for begins in commands:
        line = next(line for line in text.splitlines() if line.startswith(f"writ-gym {begins}"))
        found = CliRunner().invoke(main, shlex.split(line, comments=True)[1:])
        assert found.exit_code == 0, found.output
    assert found.stdout.rstrip() == shown.rstrip()
