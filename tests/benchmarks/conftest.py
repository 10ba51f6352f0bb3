"""What the tests of benchmarks on recorded conversations share."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "tau_bench"
FILES = ("gpt-4o-airline.json.gz", "retail-dialogues.jsonl.gz")


@pytest.fixture(scope="session", autouse=True)
def recordings() -> Path:
    """Return the folder of the recorded conversations; without them there is nothing to test."""
    if not all((FOLDER / name).is_file() for name in FILES):
        pytest.skip(f"the recorded conversations are not there: {FOLDER}")
    return FOLDER
