"""A whole refresh sends nothing to anybody: no packet leaves, and no name is looked up.

It runs in a network of its own, whose only device is the way to every address, and counts what is sent.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ISOLATED = ("unshare", "--map-root-user", "--net", "--mount", "bash", "-c")
NETWORK = """
set -e
mount --bind "$1" /etc/resolv.conf
ip link set lo up
ip route add default dev lo
shift
set +e
"$@" >&2
code=$?
while read -r device _ _ _ _ _ _ _ _ _ packets _; do
  [ "$device" = lo: ] && echo "$packets $code"
done < /proc/self/net/dev
"""
"""Prints how many packets were sent to anywhere, this machine included, and the exit code."""

pytestmark = pytest.mark.slow


def sent(command: Sequence[str], folder: Path, **env: str) -> tuple[int, int]:
    """How many packets the command sent, and its exit code."""
    resolver = folder / "resolv.conf"
    resolver.write_text("nameserver 192.0.2.53\noptions timeout:1 attempts:1\n")
    ran = subprocess.run(
        [*ISOLATED, NETWORK, "network", str(resolver), *command],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    packets, code = ran.stdout.split()
    return int(packets), int(code)


@pytest.fixture
def networks() -> None:
    """Leave, saying why, where the system gives no network of one's own."""
    if [tool for tool in ("unshare", "ip", "mount") if shutil.which(tool) is None]:
        pytest.skip("a network of its own needs the programs unshare, ip and mount")
    if subprocess.run([*ISOLATED, "ip link set lo up"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives no network of its own to a process")


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('203.0.113.7', 9))",
        "import socket\ntry: socket.getaddrinfo('telemetry.example.com', 443)\nexcept OSError: pass",
        "import socket; s = socket.socket(); s.settimeout(0.2)\n"
        "try: s.connect(('203.0.113.7', 443))\nexcept OSError: pass",
    ],
    ids=["packet", "name", "connection"],
)
@pytest.mark.usefixtures("networks")
def test_a_process_that_tells_somebody_is_seen(tmp_path: Path, code: str) -> None:
    packets, ended = sent([sys.executable, "-c", code], tmp_path)
    assert packets > 0
    assert ended == 0


@pytest.mark.usefixtures("networks")
def test_a_whole_refresh_sends_nothing_to_anybody(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dagster_project.cli", "refresh", "--home", str(tmp_path / "home")]
    assert sent(command, tmp_path) == (0, 0)
    assert (tmp_path / "home" / "current").is_symlink()


TELLING = """
import sys
from pathlib import Path
from dagster_project import settings, warehouse
settings.QUIET = {}
warehouse._flags = lambda: ["--quiet", "--no-print"]
mine = settings.read_settings(Path(sys.argv[1]))
settings.prepare_process(mine)
settings.prepare_home(mine)
warehouse.read_project(mine)
"""


@pytest.mark.usefixtures("networks")
def test_a_framework_would_tell_if_it_were_let(tmp_path: Path, repository_copy: Path) -> None:
    """The broken twin: a step of the same refresh with the switches taken away."""
    project = repository_copy / "dbt" / "dbt_project.yml"
    project.write_text(project.read_text().replace("send_anonymous_usage_stats: false", "use_colors: false"))
    (tmp_path / "telling.py").write_text(TELLING)
    command = [sys.executable, str(tmp_path / "telling.py"), str(tmp_path / "home")]
    env = {"PYTHONPATH": str(repository_copy), "HOME": str(tmp_path)}
    env |= dict.fromkeys(("DO_NOT_TRACK", "DBT_SEND_ANONYMOUS_USAGE_STATS"), "")
    packets, code = sent(command, tmp_path, **env)
    assert packets > 0
    assert code == 0
