"""The process that makes a release from protected tables, with the private home behind a fence.

`python -m dagster_project.fenced '["/private"]' /allowed MODULE ARGUMENT...` runs MODULE as `python -m` does,
after it set an audit hook that ends any attempt to open or list a file below a private folder, to open a
socket or to start a process other than its own. It imports nothing that could have read private data before.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from collections.abc import Callable

OPENING = frozenset({"open", "os.listdir", "os.scandir", "os.rename", "os.remove", "os.link", "os.symlink"})
FORBIDDEN = frozenset({"socket.connect", "socket.bind", "os.exec", "os.posix_spawn", "os.system"})


def fence(private: tuple[str, ...], allowed: str) -> Callable[[str, tuple[object, ...]], None]:
    """The audit hook: refuses what lies below a private folder, unless below the allowed one.

    A hook cannot see what a library opens from C++; such a library gets no private path from anywhere, since
    neither arguments nor environment name one but the allowed folder.
    """
    closed = tuple(os.path.realpath(path) for path in private)
    open_to = os.path.realpath(allowed)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in FORBIDDEN or (event == "subprocess.Popen" and not _our_own(arguments)):
            raise PermissionError(f"{event} is not for the process that makes a release")
        if event in OPENING and arguments and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if not _below(path, open_to) and any(_below(path, folder) for folder in closed):
                raise PermissionError("private data are not for the process that makes a release")

    return hook


def _our_own(arguments: tuple[object, ...]) -> bool:
    """The site writes its DuckDB file in a fresh process of its own, and starts no other."""
    command = arguments[1]
    return isinstance(command, list) and command[:3] == [sys.executable, "-m", "dashboards"]


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def main(arguments: list[str]) -> None:
    """Set the fence, then run the module."""
    private, allowed, module, *rest = arguments
    sys.argv = [module, *rest]
    sys.addaudithook(fence(tuple(json.loads(private)), allowed))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
