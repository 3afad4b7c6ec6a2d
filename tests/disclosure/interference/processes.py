"""From a protected folder to a built site by the real commands, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]
RELEASE_ID = "2021-06-30-0123456789ab"


def release(protected: Path, out: Path, environ: Mapping[str, str]) -> str:
    """Certify the folder and build its site; what both commands said. They work beside `out`."""
    build = ("build", "--protected", protected, "--release-id", RELEASE_ID, "--out", out)
    return _run(out.parent, environ, "disclosure", "certify", protected) + _run(
        out.parent, environ, "dashboards", *build
    )


def _run(folder: Path, environ: Mapping[str, str], module: str, *arguments: str | Path) -> str:
    command = [sys.executable, "-P", "-m", module, *map(str, arguments)]
    env = {"PYTHONPATH": str(ROOT), **environ}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
