"""Run the whole deployment of this folder on loopback, look at it from outside, and leave nothing running.

`python deploy/rehearse.py HOME` takes a home that holds a release (a copy of it is used), starts a PostgreSQL
server of its own and every unit of `systemd/` by its own command line, and asks what a team asks. Exit 0:
all answers are right; 1: one is wrong; 77: postgresql, nginx or the right to change users are missing here.
"""

from __future__ import annotations

import base64
import json
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
UNITS = ("code", "daemon", "console", "viewer", "proxy", "site")
USERS = {"misconduct-proxy": "www-data", "misconduct-site": "nobody"}
"""Users that every Debian has stand in for those that an installation makes."""
PORTS = {"3001": "console", "3002": "viewer", "8081": "proxy", "8080": "site"}
PATIENCE_S = 240.0
CANNOT = 77
Process = subprocess.Popen[bytes]
LAUNCH = """
mutation ($asset: String!, $year: String!) {
  launchPipelineExecution(executionParams: {
    selector: {repositoryLocationName: "misconduct", repositoryName: "__repository__",
               pipelineName: "__ASSET_JOB", assetSelection: [{path: [$asset]}], assetCheckSelection: []}
    executionMetadata: {tags: [{key: "dagster/partition", value: $year}]}
  }) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
       ... on UnauthorizedError { message } }
}"""
RUN = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
LOADED = """{ workspaceOrError { ... on Workspace { locationEntries {
  loadStatus locationOrLoadError { __typename } } } } }"""
HEALTH = "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"


@dataclass(frozen=True)
class Place:
    """Where the rehearsal's copy of everything is, and which port stands for which."""

    root: Path
    ports: Mapping[str, int]

    @property
    def home(self) -> Path:
        """The copied home."""
        return self.root / "home"

    @property
    def database(self) -> Path:
        """The folder of PostgreSQL's socket."""
        return self.root / "postgresql"

    def rendered(self, text: str) -> str:
        """A file of this folder with the paths and ports of the rehearsal."""
        paths = {
            "/opt/misconduct/.venv/bin": str(Path(sys.executable).parent),
            "/opt/misconduct/docs": str(self.root / "docs"),
            "/opt/misconduct": str(REPOSITORY),
            "/var/lib/misconduct": str(self.home),
            "/etc/misconduct": str(self.root / "etc"),
            "/run/misconduct": str(self.root / "run"),
            "/var/run/postgresql": str(self.database),
            "/srv/landing": str(REPOSITORY / "sample" / "landing"),
        }
        ports = {old: str(new) for old, new in self.ports.items()}
        for old, new in (*paths.items(), *ports.items()):
            text = text.replace(old, new)
        return text

    def address(self, port: str) -> str:
        """Where something listens that stands under this port in the files."""
        return f"http://127.0.0.1:{self.ports[port]}"


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def missing() -> str:
    """What this machine lacks, or nothing."""
    if os.geteuid() != 0:
        return "only root can change users"
    tools = ("nginx", "runuser", "setpriv", "openssl")
    lacking = [tool for tool in tools if shutil.which(tool) is None]
    lacking += [] if postgresql() else ["postgresql"]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


def postgresql() -> Path | None:
    """The newest of Debian's servers."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def free_ports() -> dict[str, int]:
    """A free port of loopback for each that the files name."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in PORTS]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return {port: each.getsockname()[1] for port, each in zip(PORTS, sockets, strict=True)}


def install(place: Place, home: Path) -> None:
    """Put home and configuration where an installation would have them."""
    shutil.copytree(home, place.home, symlinks=True, ignore=shutil.ignore_patterns("dagster"))
    (place.home / "dagster").mkdir()
    for public in ("releases", "withdrawn"):
        if (place.home / public).exists():
            (place.home / public).chmod(0o755)
    # The site's user may pass through the home; every file of it that is not published is its owner's alone.
    subprocess.run(["chmod", "-R", "go-rwx", *map(str, private(place.home))], check=True)
    place.home.chmod(0o711)
    for file in (path for path in HERE.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}):
        target = place.root / "etc" / file.relative_to(HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(place.rendered(file.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copytree(REPOSITORY / "docs", place.root / "docs")
    shutil.copyfile(place.root / "etc" / "dagster.yaml", place.home / "dagster" / "dagster.yaml")
    logins = [f"{name}:{hashed(name)}" for name in ("editor", "viewer")]
    (place.root / "etc" / "nginx" / "logins").write_text("\n".join(logins) + "\n", encoding="ascii")


def private(home: Path) -> list[Path]:
    """Everything in the home but what is published."""
    return [path for path in home.iterdir() if path.name not in {"releases", "withdrawn", "current"}]


def hashed(password: str) -> str:
    """The rehearsal's passwords are the names of its logins."""
    command = ["openssl", "passwd", "-apr1", password]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def database(place: Place) -> Iterator[None]:
    """A PostgreSQL server on a socket alone, with a role named like this user and a database for Dagster."""
    tools = postgresql()
    folder = place.database
    folder.mkdir()
    shutil.chown(folder, "postgres")
    as_postgres = ["runuser", "-u", "postgres", "--"]
    data, options = folder / "data", f"-c listen_addresses= -k {folder} -c fsync=off -c shared_buffers=16MB"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run([*as_postgres, f"{tools}/initdb", "-A", "peer", "-N", "-D", str(data)], **quiet)  # type: ignore[call-overload]
    control = [*as_postgres, f"{tools}/pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w"]
    subprocess.run([*control, "-o", options, "start"], **quiet)  # type: ignore[call-overload]
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
        for tool, *words in (["createuser", user], ["createdb", "--owner", user, "misconduct"]):
            subprocess.run([*as_postgres, f"{tools}/{tool}", "-h", str(folder), *words], **quiet)  # type: ignore[call-overload]
        yield
    finally:
        halt = [*control, "-m", "immediate", "stop"]
        subprocess.run(halt, cwd=folder, stdout=subprocess.DEVNULL, check=False)


@contextmanager
def running(place: Place, name: str) -> Iterator[Process]:
    """One unit, by its own command line, as its own user."""
    unit = dict(
        line.split("=", 1)
        for line in (place.root / "etc" / "systemd" / f"misconduct-{name}.service").read_text().splitlines()
        if "=" in line
    )
    runtime = place.root / f"run-{name}"
    runtime.mkdir()
    user = USERS.get(unit["User"])
    command = shlex.split(unit["ExecStart"])
    if user:
        shutil.chown(runtime, user)
        command = [*become(user), *command]
    said = (place.root / f"{name}.log").open("wb")
    with said:
        process = subprocess.Popen(
            command,
            cwd=unit.get("WorkingDirectory", str(place.root)),
            env=environment(place) if "EnvironmentFile" in unit else {"PATH": os.environ["PATH"]},
            stdout=said,
            stderr=subprocess.STDOUT,
            umask=0o077,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process)


def become(user: str) -> list[str]:
    """What runs a command as another user."""
    group = str(pwd.getpwnam(user).pw_gid)
    return ["setpriv", "--reuid", user, "--regid", group, "--clear-groups"]


def environment(place: Place) -> dict[str, str]:
    """What the units read from their file, and what a process needs here to find this checkout."""
    lines = (place.root / "etc" / "environment").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **given}


def stop(process: Process) -> None:
    """End a unit and all that it started."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def ask(address: str, login: str = "", body: bytes | None = None, kind: str = "application/json") -> Answer:
    """One request."""
    headers = {"Content-Type": kind} if body is not None else {}
    if login:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{login}:{login}".encode()).decode()
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=30) as answer:
            return Answer(answer.status, dict(answer.headers.items()), answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers.items()), error.read())


def graphql(place: Place, login: str, query: str, **variables: str) -> Any:  # noqa: ANN401
    """One question to Dagster's pages, through the login."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    answer = ask(f"{place.address('8081')}/graphql", login, body)
    if answer.status != 200:
        raise OSError(f"{answer.status} from /graphql")
    return json.loads(answer.content)["data"]


def until(processes: Sequence[Process], what: str, true: Callable[[], bool]) -> None:
    """Wait for something that these processes are to bring about.

    Raises:
        OSError: it never came, or one of them ended.
    """
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and all(process.poll() is None for process in processes):
        try:
            if true():
                return
        except (OSError, KeyError, TypeError, ValueError):
            pass
        time.sleep(0.5)
    ended = [process.args for process in processes if process.poll() is not None]
    raise OSError(f"waited in vain: {what}; ended: {ended or 'none'}")


def answers(place: Place, processes: Sequence[Process]) -> Iterator[tuple[str, bool]]:
    """What a team would try, and whether it went as it should."""
    proxy = place.address("8081")
    wait = partial(until, processes)
    wait("the login answers", lambda: ask(proxy).status == 401)
    wait("the site answers", lambda: ask(place.address("8080")).status == 200)
    yield "nobody gets in without a login", ask(proxy).status == 401
    yield "a wrong login is refused", ask(proxy, "stranger").status == 401
    wait("the login serves pages", lambda: ask(proxy, "editor").status == ask(proxy, "viewer").status == 200)
    yield "both logins get Dagster's pages", True
    guide = environment(place)["MISCONDUCT_RUNBOOK"]
    runbook = (REPOSITORY / "docs" / "runbook.md").read_bytes()
    yield (
        "a check leads to the runbook, behind the login",
        (ask(guide, "viewer").content == runbook and ask(guide).status == 401),
    )
    wait("the daemon is healthy", lambda: healthy(graphql(place, "viewer", HEALTH)))
    yield "every daemon that is needed is healthy", True
    yield from run_answers(place, wait)
    yield from site_answers(place)
    places = set(listening({process.pid for process in processes}))
    yield "nothing listens outside loopback", bool(places) and places <= {"127.0.0.1", "::1"}


def healthy(data: Mapping[str, Any]) -> bool:
    """Whether every required daemon gave a sign of life."""
    daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
    return bool(daemons) and all(daemon["healthy"] for daemon in daemons if daemon["required"])


def loaded(data: Mapping[str, Any]) -> bool:
    """Whether Dagster's pages know the definitions."""
    entries = data["workspaceOrError"]["locationEntries"]
    return [entry["locationOrLoadError"]["__typename"] for entry in entries] == ["RepositoryLocation"]


def run_answers(place: Place, wait: Callable[[str, Callable[[], bool]], None]) -> Iterator[tuple[str, bool]]:
    """A viewer starts nothing, an editor a run, and the run is in PostgreSQL."""
    asked = {"asset": "raw_incoming_allegations", "year": "2012"}
    told = graphql(place, "viewer", LAUNCH, **asked)["launchPipelineExecution"]
    yield "a viewer cannot start a run", told["__typename"] == "UnauthorizedError"
    wait("the definitions are seen", lambda: loaded(graphql(place, "editor", LOADED)))
    told = graphql(place, "editor", LAUNCH, **asked)["launchPipelineExecution"]
    yield "an editor can", told["__typename"] == "LaunchRunSuccess"
    run = told["run"]["runId"]
    ended = {"SUCCESS", "FAILURE", "CANCELED"}
    status = lambda: graphql(place, "viewer", RUN, id=run)["runOrError"]["status"]  # noqa: E731
    wait("the run ends", lambda: status() in ended)
    yield "the run ends well, and a viewer sees it", status() == "SUCCESS"
    question = f"select 1 from runs where run_id = '{run}'"
    command = ["psql", "-h", str(place.database), "-d", "misconduct", "-tAc", question]
    kept = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    yield "PostgreSQL keeps it, the home keeps no SQLite", kept == "1" and not list(place.home.rglob("*.db"))


def site_answers(place: Place) -> Iterator[tuple[str, bool]]:
    """The site is the current release with its headers, and nothing else of the home."""
    sys.path.insert(0, str(REPOSITORY))
    from dashboards.serve import HEADERS

    site, release = place.address("8080"), (place.home / "current").resolve()
    page = ask(f"{site}/")
    yield "the site is the current release", page.content == (release / "site" / "index.html").read_bytes()
    sent = {name.lower(): value for name, value in page.headers.items()}
    yield "it sends the headers of `misconduct serve`", sent.items() >= dict(HEADERS).items()
    yield "a release keeps its address", ask(f"{site}/releases/{release.name}/").content == page.content
    below = f"/releases/{release.name}"
    strange = (
        "/../secret.key",
        "/%2e%2e/secret.key",
        "/.lock",
        "/nowhere",
        f"{below}/../../x",
        f"{below}/no",
    )
    yield "nothing else is there", all(ask(f"{site}{path}").status in (400, 404) for path in strange)
    yield "it only reads", ask(f"{site}/", body=b"x").status in (405, 413)
    closed = [place.home / "secret.key", place.home / "warehouse.duckdb", place.home / "log" / "log.jsonl"]
    yield "its user reads nothing private", not any(readable(path, "nobody") for path in closed)
    words = ["withdraw", release.name, "--reason", "a rehearsal"]
    command = [sys.executable, "-m", "dagster_project.cli", *words]
    told = subprocess.run(command, cwd=REPOSITORY, env=environment(place), capture_output=True, check=False)
    notices = [ask(f"{site}{path}").content for path in ("/", f"/releases/{release.name}/")]
    noticed = told.returncode == 0 and all(b"rehearsal" in notice for notice in notices)
    yield "a withdrawn release is a notice at once", noticed
    old = [ask(f"{site}{below}/{path}") for path in ("outcomes.html", "system.json", "files/tables.ods")]
    gone = all(answer.status == 404 and b"rehearsal" in answer.content for answer in old)
    yield "nothing of it is left, and programs are told so", gone


def readable(path: Path, user: str) -> bool:
    """Whether that user can read the file."""
    return subprocess.run([*become(user), "cat", str(path)], capture_output=True, check=False).returncode == 0


def listening(sessions: Collection[int]) -> Iterator[str]:
    """The addresses on which these processes, and all that they started, listen."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) in sessions:
                addresses = local(folder)
                yield from (addresses[inode] for inode in sockets(folder) if inode in addresses)
        except OSError:
            continue


def sockets(folder: Path) -> Iterator[str]:
    """The inodes of a process's sockets."""
    names = (str(each.readlink()) for each in (folder / "fd").iterdir())
    return (name.removeprefix("socket:[").removesuffix("]") for name in names if name.startswith("socket:["))


def local(folder: Path) -> dict[str, str]:
    """Address by inode of every listening TCP socket that a process sees."""
    found = {}
    for name, family, size in (("tcp", socket.AF_INET, 4), ("tcp6", socket.AF_INET6, 16)):
        for line in (folder / "net" / name).read_text(encoding="ascii").splitlines()[1:]:
            _, place, _, state, *_, inode = line.split()[:10]
            if state == "0A":
                packed = bytes.fromhex(place.partition(":")[0])
                turned = b"".join(packed[i : i + 4][::-1] for i in range(0, size, 4))
                found[inode] = socket.inet_ntop(family, turned)
    return found


def main(arguments: Sequence[str]) -> int:
    """Rehearse; 0 when every answer is right, 1 otherwise, 77 where it cannot be done here."""
    lacking = missing()
    if lacking or len(arguments) != 1:
        print(f"cannot rehearse: {lacking or 'name a home that holds a release'}")
        return CANNOT if lacking else 2
    with tempfile.TemporaryDirectory(prefix="misconduct-rehearsal-") as folder, ExitStack() as stack:
        place = Place(Path(folder), free_ports())
        place.root.chmod(0o755)
        install(place, Path(arguments[0]))
        stack.enter_context(database(place))
        processes: list[Process] = []
        right = True
        try:
            for name in UNITS:
                processes.append(stack.enter_context(running(place, name)))
                if name == UNITS[0]:
                    until(processes, "the definitions load", (place.root / "run-code" / "code.sock").exists)
            for words, so in answers(place, processes):
                print(f"{'right' if so else 'WRONG'}: {words}", flush=True)
                right &= so
        except (OSError, LookupError, TypeError) as error:
            print(f"WRONG: {type(error).__name__}: {error}")
            right = False
        if not right:
            for log in sorted(place.root.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}")
    return int(not right)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
