"""Tell a team that a run failed, by a command or a web address of theirs; nobody unless they set one."""

from __future__ import annotations

import json
import shlex
import subprocess
import urllib.request

from dagster_project.settings import Settings

ON_FAILURE = "MISCONDUCT_ON_FAILURE"
TIMEOUT_S = 30


def tell(settings: Settings, words: str) -> str | None:
    """Send the words; gives what went wrong with that, which never stops the line.

    An address (http:// or https://) gets them as JSON, `{"text": words}`, as chat services take it; a command
    gets them on its standard input, as `mail -s "..." team@example.org` takes it.
    """
    target = settings.environ.get(ON_FAILURE, "")
    if not target:
        return None
    try:
        if target.startswith(("http://", "https://")):
            _post(target, words)
        else:
            _run(target, words)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"{ON_FAILURE} could not be used ({type(error).__name__}): see docs/runbook.md, 'Being told'"
    return None


def _post(address: str, words: str) -> None:
    body = json.dumps({"text": words}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method="POST")
    urllib.request.urlopen(request, timeout=TIMEOUT_S).close()


def _run(command: str, words: str) -> None:
    subprocess.run(
        shlex.split(command),
        input=words + "\n",
        text=True,
        timeout=TIMEOUT_S,
        check=True,
        capture_output=True,
    )
