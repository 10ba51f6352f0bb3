"""Files of lines: what is there already is only added to, unless it may be lost."""

import pytest

from writ_gym.errors import StoreError
from writ_gym.lines import write_lines


@pytest.mark.parametrize("there", ["", "a\n", "a\né\n", "a\né", None])
def test_what_begins_with_all_that_is_there_takes_its_place(tmp_path, there):
    path = tmp_path / "file"
    if there is not None:
        path.write_text(there, "utf-8")
    assert write_lines(path, ["a", "é"], overwrite=False) == 2
    assert path.read_text("utf-8") == "a\né\n"


@pytest.mark.parametrize(
    ("there", "lost"), [("b\n", 1), ("a\nb\n", 2), ("a\nb", 2), ("a\né\nc\n", 3), ("\n", 1)]
)
def test_a_line_that_would_be_lost_is_named_and_stays(tmp_path, there, lost):
    path = tmp_path / "file"
    path.write_text(there, "utf-8")
    taken = []
    lines = (taken.append(each) or each for each in ["a", "é"])
    with pytest.raises(StoreError, match=rf"^{path} is there already, and line {lost} of it would"):
        write_lines(path, lines, overwrite=False)
    assert len(taken) == min(lost, 2)  # it is told as soon as it is known
    assert path.read_text("utf-8") == there
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert write_lines(path, ["a", "é"]) == 2
    assert path.read_text("utf-8") == "a\né\n"
