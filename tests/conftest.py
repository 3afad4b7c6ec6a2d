"""What every test room may use: the sample's release, copies of it, the landing folder, and the real data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
from filelock import FileLock

from bench.measure import copied

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Ran:
    """How a command ended and all it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams."""
        return self.out + self.err


Run = Callable[..., Ran]


def run_misconduct(
    *arguments: object, repository: Path = REPOSITORY, environ: Mapping[str, str] | None = None
) -> Ran:
    """Run the command line of a checkout in a process of its own, as a person would."""
    command = [sys.executable, "-m", "dagster_project.cli", *map(str, arguments)]
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MISCONDUCT_", "DAGSTER_"))
    }
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    env = {**kept, "PYTHONPATH": str(repository), **(environ or {})}
    done = subprocess.run(command, cwd=repository, env=env, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def misconduct() -> Run:
    """The command line as a function: exit code and both streams."""
    return run_misconduct


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for the whole test run, the same for every worker."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The xdist worker, or `master` without it."""
    return getattr(request.config, "workerinput", {}).get("workerid", "master")


@pytest.fixture(scope="session")
def release_home(shared_folder: Path) -> Path:
    """A home that holds the sample's release, made once for all workers: read it, never change it."""
    home = shared_folder / "release_home"
    with FileLock(shared_folder / "release_home.lock"):
        done = shared_folder / "release_home.done"
        if not done.exists():
            ran = run_misconduct("refresh", "--home", home)
            assert ran.code == 0, ran.said
            done.write_text(ran.said, encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def release(release_home: Path) -> Path:
    """The folder of the sample's current release: read it, never change it."""
    return (release_home / "current").resolve()


@pytest.fixture
def home(release_home: Path, tmp_path: Path) -> Path:
    """A copy of the sample's home that a test may change."""
    return copied(release_home, tmp_path / "home")


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """A copy of the sample's landing folder that a test may change."""
    return Path(shutil.copytree(REPOSITORY / "sample" / "landing", tmp_path / "landing"))


@pytest.fixture
def new_landing(landing: Path) -> Path:
    """The sample with one published figure worded anew: a refresh publishes it, with the same counts."""
    reword_a_published_figure(landing)
    return landing


@pytest.fixture(scope="session")
def reword() -> Callable[[Path], None]:
    """What makes a landing folder new without changing a count."""
    return reword_a_published_figure


def reword_a_published_figure(landing: Path) -> None:
    """Add a word to the first figure of published_figures.csv."""
    path = landing / "published_figures.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert "allegations" in lines[1]
    lines[1] = lines[1].replace("allegations", "recorded allegations", 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def repository_copy(tmp_path: Path) -> Path:
    """A copy of the code that a test may change; run it with `misconduct(..., repository=copy)`."""
    target = tmp_path / "repository"
    skipped = shutil.ignore_patterns(
        ".*", "__pycache__", "data", "target", "logs", "*.egg-info", "build", "node_modules"
    )
    shutil.copytree(REPOSITORY, target, ignore=skipped)
    return target


@pytest.fixture(scope="session")
def debian(shared_folder: Path) -> Callable[..., None]:
    """Install Debian packages where that can be done here, starting no service of theirs; else skip."""

    def install(*packages: str) -> None:
        with FileLock(shared_folder / "debian.lock"):
            lacking = [name for name in packages if not _is_installed(name)]
            if lacking and (os.geteuid() != 0 or shutil.which("apt-get") is None):
                pytest.skip(f"needed, as root: apt-get install {' '.join(lacking)}")
            if lacking and not _installed(lacking):
                pytest.skip(f"could not be installed here: {' '.join(lacking)}")

    return install


def _is_installed(package: str) -> bool:
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    if shutil.which("dpkg-query") is None:
        return False
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout == "installed"


def _installed(packages: list[str]) -> bool:
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [
        "apt-get",
        "install",
        "-y",
        "--no-install-recommends",
        "-o",
        "DPkg::Lock::Timeout=120",
        *packages,
    ]
    try:
        done = [
            subprocess.run(command, env=env, capture_output=True, timeout=300, check=False).returncode
            for command in (["apt-get", "update"], install)
        ]
        return done[-1] == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if ours:
            policy.unlink()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files, outside the repository."""
    place = os.environ.get("MISCONDUCT_REAL_DATA")
    if not place or not Path(place).is_dir():
        pytest.skip("real files are needed: set MISCONDUCT_REAL_DATA to their folder")
    return Path(place)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """A command in this process: its exit code and what it said."""
    from dagster_project.cli import main

    def run(*arguments: object) -> tuple[int, str]:
        with mock.patch.dict(os.environ):
            code = main([str(argument) for argument in arguments])
        return code, "".join(capsys.readouterr())

    return run
