"""A release folder as the line writes it, small enough to be broken on purpose."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from disclosure.certificate import certify
from disclosure.publication import Publication, canonical, write


def release(publication: Publication, folder: Path) -> Path:
    """Protected files, certificate, CSV tables and manifest."""
    write(publication, folder)
    (folder / "history.json").unlink()
    certify(folder)
    (folder / "tables").mkdir()
    for table in publication.protected["tables"]:
        write_csv(folder / "tables" / f"{table['table_id']}.csv", table["rows"])
    seal(folder)
    return folder


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    names = [n for n in rows[0] if n != "cell"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([["" if r[n] is None else r[n] for n in names] for r in rows])


def seal(folder: Path) -> None:
    """Write the manifest again, as a careful forger would."""
    content = {n: read(folder, n) for n in ("protected", "tables", "system")} | {"site_version": "0"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    as_at = content["protected"]["header"]["as_at"]
    files = {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }
    manifest = {
        "release_id": f"{as_at}-{hashlib.sha256(text.encode()).hexdigest()[:12]}",
        "site_version": "0",
        "files": files,
    }
    (folder / "manifest.json").write_text(canonical(manifest), encoding="utf-8")


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def change(folder: Path, name: str, how: Callable[[Any], Any]) -> None:
    """Change one JSON file, let the certificate name the changed system, and seal the folder again."""
    content = read(folder, name)
    how(content)
    (folder / f"{name}.json").write_text(canonical(content), encoding="utf-8")
    certificate = read(folder, "certificate")
    certificate["system_sha256"] = hashlib.sha256((folder / "system.json").read_bytes()).hexdigest()
    (folder / "certificate.json").write_text(canonical(certificate), encoding="utf-8")
    seal(folder)
