"""Statistics as pictures: the plane of both axes, and histograms."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from writ_gym.errors import StoreError, WritGymError
from writ_gym.lines import StrPath, refuse_file
from writ_gym.reports.statistics import Statistics, spans

_BLUE = "#2b6ca3"
_INK = "#3a3a3a"
_LABELS = {
    "turns": "Assistant messages",
    "reads": "Reads made",
    "writes": "Writes made",
    "tokens": "Tokens (estimated)",
    "reads_needed": "Necessary reads of a task",
    "writes_needed": "Writes that a task needs",
    "burden_per_write": "Evidence burden of a write",
    "candidates": "Candidates compared for a write",
    "depth": "Longest chain of reads",
    "evidence_tokens": "Tokens of the evidence",
}
"""What can be shown; the first four that there are values for are."""


def check_library() -> None:
    """Check that pictures can be drawn.

    Raises:
        WritGymError: The library that this needs is not installed.
    """
    try:
        import_module("matplotlib.figure")
    except ImportError:
        raise WritGymError("Pictures need matplotlib: pip install 'writ-gym[plots]'.") from None


def draw(found: Statistics, folder: StrPath) -> list[Path]:
    """Write ``plane.png`` and ``histograms.png`` into a folder, made if it is missing.

    Raises:
        WritGymError: The library that this needs is not installed.
        StoreError: The folder cannot be written.
    """
    folder = Path(folder)
    refuse_file(folder)
    pictures = {"plane.png": plane(found), "histograms.png": histograms(found)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in pictures.items():
            figure.savefig(folder / name, dpi=160)
    except OSError as error:
        raise StoreError(f"Cannot write to {folder}: {error.strerror}.") from None
    return [folder / name for name in pictures]


def plane(found: Statistics) -> Any:
    """Return a heat map of how many tasks are in each cell; for a run, with the mean reward."""
    writes, burdens = spans(found.plane)
    grid = np.array([[found.plane[write, burden] for burden in burdens] for write in writes])
    rows, columns = grid.shape
    figure = _figure(max(5.2, 1.9 + 0.72 * columns), max(3.0, 1.7 + 0.62 * rows))
    axes = figure.subplots()
    # White to blue: darker is more, in print without colours too. Empty cells stay white, and the
    # fullest is not so dark that its text would be hard to read.
    top = 1.25 * grid.max()
    image = axes.imshow(
        np.ma.masked_equal(grid, 0), cmap="Blues", vmin=0, vmax=top, origin="lower", aspect="auto",
        extent=(burdens[0] - 0.5, burdens[-1] + 0.5, writes[0] - 0.5, writes[-1] + 0.5),
    )  # fmt: skip
    for (row, column), count in found.plane.items():
        colour = "white" if count > 0.6 * top else "black"
        text = _cell_text(found, (row, column))
        axes.text(
            column, row, text, ha="center", va="center", fontsize=9, linespacing=1.3, color=colour
        )
    axes.set_xticks(burdens)
    axes.set_yticks(writes)
    axes.set_xticks(burdens[0] + np.arange(columns + 1) - 0.5, minor=True)
    axes.set_yticks(writes[0] + np.arange(rows + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#d9d9d9", linewidth=0.8)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("Evidence burden (necessary reads behind the heaviest write)")
    axes.set_ylabel("Write count")
    rewarded = "\nbelow the counts: mean reward" if found.rewards else ""
    title = f"{found.counted} by write count and evidence burden{rewarded}"
    axes.set_title(title, fontsize=10.5, loc="left", pad=9)
    bar = figure.colorbar(image, ax=axes, pad=0.02, fraction=0.04)
    bar.set_label(found.unit.capitalize())
    bar.ax.set_ylim(0, grid.max())
    bar.locator = _whole(6)
    bar.outline.set_visible(False)
    return figure


def _cell_text(found: Statistics, cell: tuple[int, int]) -> str:
    mean = found.mean_reward(cell)
    count = f"{found.plane[cell]:,}"
    return count if mean is None else f"{count}\n{mean:.2f}"


def histograms(found: Statistics) -> Any:
    """Return the distributions side by side, with their medians and 95th percentiles."""
    names = [name for name in _LABELS if len(found.values[name])][:4]
    figure = _figure(8.4, 5.4)
    title = f"Distributions over {found.counted} (line: median, dashed: 95th percentile)"
    figure.suptitle(title, fontsize=10.5, x=0.012, ha="left")
    for axes, name in zip(figure.subplots(2, 2).flat, names, strict=False):
        _histogram(axes, np.asarray(found.values[name]), _LABELS[name])
    for axes in figure.axes[len(names) :]:
        axes.set_visible(False)
    return figure


def _histogram(axes: Any, values: Any, label: str) -> None:
    median, high, last = np.percentile(values, [50, 95, 99])
    far = values.max() > 2 * last  # a few values would leave all others no room
    shown = values[values <= last] if far else values
    if far:
        left_out = len(values) - len(shown)
        axes.set_xlabel(f"and {left_out:,} larger, up to {values.max():,.0f}", fontsize=8.5)
    edges = _bins(shown)
    axes.hist(shown, bins=edges, color=_BLUE, rwidth=0.88)
    if len(edges) == 2:  # a single bar is no wider than one of three
        axes.set_xlim(edges[0] - 1, edges[1] + 1)
    axes.axvline(median, color=_INK, linewidth=1.3)
    axes.axvline(high, color=_INK, linewidth=1.3, linestyle="--")
    axes.set_title(label, fontsize=10, loc="left")
    axes.set_title(f"median {median:,.10g}, 95% {high:,.0f}", fontsize=8.5, loc="right", color=_INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)
    for axis, most in ((axes.xaxis, 8), (axes.yaxis, 5)):
        axis.set_major_locator(_whole(most))
        axis.set_major_formatter("{x:,.0f}")


def _bins(values: Any) -> Sequence[float]:
    """Return the edges of the bars: one for each whole number if there are not too many."""
    low, high = float(values.min()), float(values.max())
    width = max(1, int(np.ceil((high - low + 1) / 40)))
    edges: list[float] = list(np.arange(low - 0.5, high + width + 0.5, width))
    return edges


def _figure(width: float, height: float) -> Any:
    """Return an empty figure that belongs to no window and no global state."""
    check_library()
    figure = import_module("matplotlib.figure").Figure(
        figsize=(width, height), layout="constrained"
    )
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.08)
    return figure


def _whole(most: int) -> Any:
    """Return what places ticks at whole numbers, each once, about so many at most."""
    return import_module("matplotlib.ticker").MaxNLocator(most, integer=True, min_n_ticks=1)
