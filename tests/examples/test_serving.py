"""The example's server, as far as it comes without a model."""

import subprocess
import sys
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "examples" / "serve_local.py"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nope.gguf", "Cannot read nope.gguf: No such file or directory."),
        (".", "Cannot read .: Is a directory."),
        ("text.gguf", "text.gguf holds no weights in GGUF."),
    ],
)
def test_weights_that_are_none_are_one_clear_line(tmp_path, name, complaint):
    (tmp_path / "text.gguf").write_text("weights")
    done = subprocess.run(
        [sys.executable, SERVER, "--model", name],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{complaint}\n")
