"""The command line: what a person types, what is printed, and the exit code."""

from __future__ import annotations

import argparse
import errno
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from dagster_project.errors import BadInput, Refused, Stop
from dagster_project.settings import SETTINGS, Settings, prepare_home, prepare_process, read_settings

DISK = {
    errno.ENOSPC: "the disk of the home is full: free some space",
    errno.EDQUOT: "the disk quota of the home is used up: free some space",
    errno.EFBIG: "a file of the home may not grow any further: raise the limit of the system",
    errno.EIO: "the disk of the home does not take what is written, as when it is full: free some space",
    errno.EROFS: "the home is on a read-only disk: give one that can be written with --home",
    errno.EACCES: "the home cannot be written: give it to the user who refreshes, or another one with --home",
    errno.EPERM: "the home cannot be written: give it to the user who refreshes, or another one with --home",
    errno.ENOTDIR: "the home is not a folder: give one with --home",
}
DISK_WORDS = {
    "no space left": errno.ENOSPC,
    "is full": errno.ENOSPC,
    "disk i/o error": errno.EIO,
    "unable to open database file": errno.EIO,
    "file too large": errno.EFBIG,
    "read-only": errno.EROFS,
    "readonly": errno.EROFS,
    "permission denied": errno.EACCES,
}
STAYS = "nothing was published, the release before stays; then run the command again"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done, or nothing to do; 1 a gate, policy, lock or disk refused; 2 bad input or usage.
    """
    options = parser().parse_args(arguments)
    settings = read_settings(options.home, options.landing)
    command: Callable[[Settings, argparse.Namespace], int] = options.run
    try:
        return command(settings, options)
    except Stop as stop:
        print(f"misconduct {options.command}: {stop}", file=sys.stderr)
        return stop.exit_code
    except KeyboardInterrupt:
        print(f"misconduct {options.command}: interrupted: {STAYS}", file=sys.stderr)
    except Exception as error:
        print(f"misconduct {options.command}: {safe_line(error)}", file=sys.stderr)
    return 1


def safe_line(error: BaseException) -> str:
    """One line about an unexpected error: what the disk says, else its kind and place; never its message."""
    for cause in _causes(error):
        number = _disk_error(cause)
        if number is not None:
            return f"{DISK[number]}: {STAYS}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}: {STAYS}, or see docs/runbook.md, 'An unexpected error'"


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _disk_error(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno in DISK:
        return error.errno
    text = str(error).casefold()
    return next((number for words, number in DISK_WORDS.items() if words in text), None)


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    variables = "\n".join(f"  {name:22} {words}" for name, words in SETTINGS.items())
    top = argparse.ArgumentParser(
        prog="misconduct",
        description="From yearly files of police misconduct allegations to published tables.",
        epilog=f"environment:\n{variables}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _refresh_parser(commands)
    _inspection_parsers(commands)
    _release_parsers(commands)
    _serving_parsers(commands)
    return top


def _refresh_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    refresh = _command(
        commands, "refresh", _refresh, "files to release: read, judge, protect, judge, publish"
    )
    _landing_option(refresh)
    refresh.add_argument(
        "--hold", action="store_true", help="make the release but wait for `approve` to publish it"
    )
    refresh.add_argument(
        "--published-on",
        type=_day,
        metavar="DATE",
        help="day of publication to print on the site, YYYY-MM-DD",
    )


def _inspection_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = _command(
        commands, "check", _check, "read sources.toml and the files, report what is wrong, write nothing"
    )
    _landing_option(check)
    verify = _command(
        commands, "verify", _verify, "prove a release again, offline, from its published files alone"
    )
    verify.add_argument("release", type=Path, metavar="RELEASE_DIR")
    _command(commands, "releases", _releases, "list the releases of this home and their state")
    diff = _command(commands, "diff", _diff, "what changed between two releases, from their published files")
    diff.add_argument("older", metavar="A")
    diff.add_argument("newer", metavar="B")


def _release_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, run, words in (
        ("approve", _approve, "publish a held release"),
        ("rollback", _rollback, "serve an older release again"),
        ("withdraw", _withdraw, "stop serving a release for good; a notice is served in its place"),
    ):
        command = _command(commands, name, run, words)
        command.add_argument("release_id", metavar="ID")
        if name == "withdraw":
            command.add_argument(
                "--reason", required=True, metavar="TEXT", help="why, in words for the public notice"
            )


def _serving_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _command(commands, "serve", _serve, "serve the current release on this machine only")
    serve.add_argument("--port", type=int, default=8000)
    interface = _command(commands, "ui", _ui, "Dagster's own pages on this machine only, storage in the home")
    _landing_option(interface)
    interface.add_argument("--port", type=int, default=3000)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[Settings, argparse.Namespace], int],
    words: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    command.add_argument(
        "--home", type=Path, metavar="DIR", help="home folder; default $MISCONDUCT_HOME, else data/"
    )
    command.set_defaults(run=run, landing=None)
    return command


def _landing_option(command: argparse.ArgumentParser) -> None:
    words = "landing folder; default $MISCONDUCT_LANDING, else sample/landing"
    command.add_argument("--landing", type=Path, metavar="DIR", help=words)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as YYYY-MM-DD") from None


def _refresh(settings: Settings, options: argparse.Namespace) -> int:
    from dagster_project.lock import one_at_a_time
    from dagster_project.raw import landing_of
    from dagster_project.run import refresh, summary

    prepare_process(settings)
    landing = landing_of(settings)
    prepare_home(settings)
    with one_at_a_time(settings.home):
        outcome = refresh(settings, landing, options.published_on, options.hold)
        print("\n".join(summary(settings, outcome)))
    return 0


def _check(settings: Settings, options: argparse.Namespace) -> int:
    from dagster_project.raw import code_lists, finding_lines, landing_of
    from ingest import check

    landing = landing_of(settings)
    findings = check(landing, code_lists(settings), settings.raw if settings.raw.exists() else None)
    print("\n".join(finding_lines(findings)) if findings else f"{settings.landing}: nothing to report")
    if any(finding.severity == "error" for finding in findings):
        return 2
    return 1 if any(finding.severity != "info" for finding in findings) else 0


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    from dagster_project.verification import verify_release

    findings, notes = verify_release(settings, options.release)
    proven = [f"{options.release}: proven: no withheld cell can be worked out"]
    print("\n".join([*(findings or proven), *(f"note: {note}" for note in notes)]))
    return 1 if findings else 0


def _releases(settings: Settings, options: argparse.Namespace) -> int:
    from dagster_project.release import listed

    rows = [f"{release.release_id}  {release.state}" for release in listed(settings)]
    print("\n".join(rows) or "no release yet: run `misconduct refresh`")
    return 0


def _diff(settings: Settings, options: argparse.Namespace) -> int:
    from dagster_project.release import difference, release_folder

    lines = difference(release_folder(settings, options.older), release_folder(settings, options.newer))
    print("\n".join(lines) or "the same tables with the same figures")
    return 0


def _approve(settings: Settings, options: argparse.Namespace) -> int:
    from dagster_project.release import approve

    return _moved(settings, lambda: approve(settings, options.release_id), f"published: {options.release_id}")


def _rollback(settings: Settings, options: argparse.Namespace) -> int:
    from dagster_project.release import rollback

    return _moved(
        settings, lambda: rollback(settings, options.release_id), f"served again: {options.release_id}"
    )


def _withdraw(settings: Settings, options: argparse.Namespace) -> int:
    from dagster_project.release import withdraw

    run = lambda: withdraw(settings, options.release_id, options.reason)  # noqa: E731
    return _moved(
        settings, run, f"withdrawn: {options.release_id}; its figures stay known to whoever read them"
    )


def _moved(settings: Settings, run: Callable[[], None], words: str) -> int:
    from dagster_project.lock import one_at_a_time
    from dagster_project.release import recover

    if not settings.releases.is_dir():
        raise BadInput((f"{settings.home}: no release yet: run `misconduct refresh`",))
    with one_at_a_time(settings.home):
        recover(settings)
        run()
    print(words)
    return 0


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    from dashboards.serve import serve

    if not settings.current.exists():
        raise Refused((f"{settings.home}: nothing is published yet: run `misconduct refresh`",))
    serve(lambda: settings.current.resolve() / "site", "127.0.0.1", options.port)
    return 0


def _ui(settings: Settings, options: argparse.Namespace) -> int:
    import subprocess

    prepare_process(settings)
    prepare_home(settings)
    tool = str(Path(sys.executable).with_name("dagster"))
    command = [
        tool,
        "dev",
        "--host",
        "127.0.0.1",
        "--port",
        str(options.port),
        "-m",
        "dagster_project.definitions",
    ]
    return subprocess.run(command, cwd=settings.repository, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
