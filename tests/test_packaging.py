"""What an install gives: `writ_gym`, whole, under no other name, and light to import."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("writ_gym", "domains", "policies")

TOP_LEVEL_NAMES = """
from importlib.util import find_spec
import writ_gym.domains.retail, writ_gym.policies
for name in ("domains", "policies"):
    assert find_spec(name) is None, find_spec(name)
print(writ_gym.domains.retail.__file__)
"""

LIGHT_IMPORT = """
import sys
opened = []
sys.addaudithook(lambda event, _: opened.append(event) if event.startswith("socket.") else None)
import writ_gym
heavy = {"faker", "openai", "pyarrow", "pytest", "ray", "torch"} & sys.modules.keys()
assert not heavy, heavy
assert not opened, opened
"""


def package_files(root: Path) -> Iterator[str]:
    """Yield every file of the package, through its links, relative to ``root``."""
    for folder, subfolders, names in os.walk(root / "writ_gym", followlinks=True):
        subfolders[:] = [name for name in subfolders if name != "__pycache__"]
        yield from ((Path(folder) / name).relative_to(root).as_posix() for name in names)


def run_python(*arguments: str, cwd: Path, path: Path | None = None) -> str:
    """Return what a fresh Python prints, with ``path`` before everything installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what the wheel is built from, so that building leaves no trace here."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in FOLDERS:
        skipped = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=skipped)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel."""
    out = tmp_path_factory.mktemp("wheel")
    run_python("-m", "build", "--wheel", "--no-isolation", "--outdir", ".", str(source), cwd=out)
    (path,) = out.glob("*.whl")
    return path


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(
    source: Path, wheel: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == set(package_files(source))
    assert held >= {"writ_gym/py.typed", "writ_gym/domains/retail/tools.py"}


def test_an_installed_wheel_gives_no_top_level_domains_or_policies(
    wheel: Path, tmp_path: Path
) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile")
    run_python(*pip, "--target", str(site), str(wheel), cwd=elsewhere)
    printed = run_python("-c", TOP_LEVEL_NAMES, cwd=elsewhere, path=site)
    assert Path(printed.strip()).is_relative_to(site)


def test_the_install_under_test_gives_no_top_level_domains_or_policies(tmp_path: Path) -> None:
    run_python("-c", TOP_LEVEL_NAMES, cwd=tmp_path)


def test_importing_the_package_is_silent_opens_no_socket_and_loads_nothing_heavy(
    tmp_path: Path,
) -> None:
    assert run_python("-W", "error", "-c", LIGHT_IMPORT, cwd=tmp_path) == ""


def test_every_third_party_import_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    groups = [project["dependencies"], *(extras[name] for name in extras if name != "dev")]
    declared = {distribution_name(requirement) for group in groups for requirement in group}
    declared.add("pydantic-core")  # pydantic's own half, in the one version that it asks for
    distributions = packages_distributions()
    for name in sorted(third_party_imports()):
        candidates = {distribution_name(text) for text in distributions.get(name, [name])}
        assert candidates & declared, f"{name!r} is imported but not declared"


def distribution_name(requirement: str) -> str:
    """Return the normalized name that a requirement begins with."""
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-").replace(".", "-")


def third_party_imports() -> set[str]:
    """Return the top-level names that the package imports from other distributions."""
    names: set[str] = set()
    for file in package_files(ROOT):
        if file.endswith(".py"):
            for node in ast.walk(ast.parse((ROOT / file).read_text())):
                if isinstance(node, ast.Import):
                    names.update(alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"writ_gym"}
