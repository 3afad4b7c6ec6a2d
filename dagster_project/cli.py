"""The command line: what a person types, what is printed, and the exit code."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project import commands
from dagster_project.errors import DISK, STAYS, Refused, Stop, safe_line
from dagster_project.settings import SETTINGS, Settings, read_settings

Command = Callable[[Settings, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done, or nothing to do; 1 a gate, policy, lock or disk refused; 2 bad input or usage.
    """
    options = parser().parse_args(arguments)
    command: Command = options.run
    try:
        settings = read_settings(options.home, options.landing)
        if command is not commands.verify:
            _refuse_no_folder(settings)
        return command(settings, options)
    except Stop as stop:
        print(f"misconduct {options.command}: {stop}", file=sys.stderr)
        return stop.exit_code
    except BrokenPipeError:
        # Whoever read what was printed has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print(f"misconduct {options.command}: interrupted: {STAYS}", file=sys.stderr)
    except Exception as error:
        print(f"misconduct {options.command}: {safe_line(error)}", file=sys.stderr)
    return 1


def _refuse_no_folder(settings: Settings) -> None:
    if settings.home.exists() and not settings.home.is_dir():
        raise Refused((f"{settings.home}: {DISK[errno.ENOTDIR]}",))


def parser() -> argparse.ArgumentParser:
    """The commands and their arguments."""
    width = max(map(len, SETTINGS))
    variables = "\n".join(f"  {name:{width}} {words}" for name, words in SETTINGS.items())
    top = argparse.ArgumentParser(
        prog="misconduct",
        description="From yearly files of police misconduct allegations to published tables.",
        epilog=f"environment:\n{variables}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    choices = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (_refreshing, _inspecting, _moving, _trying, _asking, _serving):
        add(choices)
    return top


if TYPE_CHECKING:
    Choices = argparse._SubParsersAction[argparse.ArgumentParser]


def _refreshing(choices: Choices) -> None:
    words = "files to release: read, judge, protect, judge, publish"
    refresh = _command(choices, "refresh", commands.refresh, words)
    _landing_option(refresh)
    refresh.add_argument(
        "--hold", action="store_true", help="make the release but wait for `approve` to publish it"
    )
    refresh.add_argument(
        "--new-key", action="store_true", help="make another secret.key where the one of this home is lost"
    )
    refresh.add_argument(
        "--published-on",
        type=_day,
        metavar="DATE",
        help="day of publication to print on the site, YYYY-MM-DD",
    )
    words = "read sources.toml and the files, report what is wrong, write nothing"
    _landing_option(_command(choices, "check", commands.check, words))


def _inspecting(choices: Choices) -> None:
    words = "prove a release again, offline, from its published files alone"
    verify = _command(choices, "verify", commands.verify, words)
    verify.add_argument("release", type=Path, metavar="RELEASE_DIR", help="the folder of the release")
    _command(choices, "releases", commands.releases, "list the releases of this home and their state")
    words = "what changed between two releases, from their published files"
    diff = _command(choices, "diff", commands.diff, words)
    diff.add_argument("older", metavar="A", type=_release_id, help="id of a release")
    diff.add_argument("newer", metavar="B", type=_release_id, help="id of another")
    words = "whether every entry of the home's log is there, unaltered and in its place"
    _command(_group(choices, "log", "the home's log"), "verify", commands.log_verify, words)


def _moving(choices: Choices) -> None:
    for name, run, words in (
        ("approve", commands.approve, "publish a held release"),
        ("rollback", commands.rollback, "serve an older release again"),
        (
            "withdraw",
            commands.withdraw,
            "stop serving a release for good; a notice is served in its place",
        ),
    ):
        command = _command(choices, name, run, words)
        command.add_argument("release_id", metavar="ID", type=_release_id, help="id of the release")
        if name == "withdraw":
            command.add_argument(
                "--reason",
                type=_words,
                required=True,
                metavar="TEXT",
                help="why, in words for the public notice",
            )
    words = "take pages and files of old releases away; what they showed is kept, it stays known"
    prune = _command(choices, "prune", commands.prune, words)
    _landing_option(prune)
    prune.add_argument(
        "--keep", type=_positive, required=True, metavar="N", help="how many of the newest releases to keep"
    )
    prune.add_argument(
        "--originals",
        action="store_true",
        help="also delete the copies in raw/originals of files that the landing folder no longer holds",
    )


def _trying(choices: Choices) -> None:
    words = "what another policy would cost, table by table, or each option of it; publishes nothing"
    group = _group(choices, "policy", "the disclosure policy")
    trial = _command(group, "try", commands.policy_try, words)
    _landing_option(trial)
    trial.add_argument("--threshold", type=_positive, metavar="N", help="the threshold to try: 3, 5 or 10")
    trial.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another entry of policy.toml to try, such as zeros=withheld; may be repeated",
    )


def _asking(choices: Choices) -> None:
    words = "ask the private warehouse in SQL, read-only, or with --public the published tables"
    query = _command(choices, "query", commands.query, words)
    query.add_argument("sql", nargs="?", metavar="SQL", help="the question; without it, standard input")
    query.add_argument(
        "--public", action="store_true", help="ask published.duckdb of the current release instead"
    )
    query.add_argument("--format", choices=("table", "csv"), default="table", help="for people, or as CSV")


def _serving(choices: Choices) -> None:
    serve = _command(choices, "serve", commands.serve, "serve the current release on this machine only")
    serve.add_argument("--port", type=_port, default=8000, help="default 8000")
    words = "Dagster's own pages on this machine only, storage in the home"
    interface = _command(choices, "ui", commands.ui, words)
    _landing_option(interface)
    interface.add_argument("--port", type=_port, default=3000, help="default 3000")


def _group(choices: Choices, name: str, words: str) -> Choices:
    group = choices.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    return group.add_subparsers(dest="subcommand", metavar="COMMAND", required=True)


def _command(choices: Choices, name: str, run: Command, words: str) -> argparse.ArgumentParser:
    command = choices.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
    command.add_argument(
        "--home", type=_folder, metavar="DIR", help="home folder; default $MISCONDUCT_HOME, else data/"
    )
    command.set_defaults(run=run, landing=None)
    return command


def _folder(text: str) -> Path:
    """A variable of a script that is not set would name the folder of the moment."""
    if not text:
        raise argparse.ArgumentTypeError("an empty text is no folder")
    return Path(text)


def _landing_option(command: argparse.ArgumentParser) -> None:
    words = "landing folder; default $MISCONDUCT_LANDING, else sample/landing"
    command.add_argument("--landing", type=_folder, metavar="DIR", help=words)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as YYYY-MM-DD") from None


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to 65535")
    return int(text)


def _words(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must say something")
    return text.strip()


def _release_id(text: str) -> str:
    """A name that can only be one folder's: it becomes a part of paths."""
    if not text or text.startswith(".") or {"/", "\\", "\0"} & set(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no release id; `misconduct releases` lists them")
    return text


if __name__ == "__main__":
    sys.exit(main())
