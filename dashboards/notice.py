"""What is served in the place of a withdrawn release: a notice with its reason, and no figure."""

from __future__ import annotations

from pathlib import Path

from dashboards.theme import META_POLICY, Asset, assets, environment, top

SHEETS = ("govuk.css", "site.css", "exit.js")
# The second is shown for every address of the release that is no longer there.
PAGES = ("index.html", "404.html")


def withdrawal_notice(release_id: str, reason: str, address: str = "") -> str:
    """The page that says that a release is withdrawn, and why, as HTML under the strict policy.

    Its style sheets and its script lie beside it under `assets/`; `write_withdrawal_notice` writes them too.

    Args:
        release_id: the release that is no longer served.
        reason: why, in the words of whoever withdrew it; escaped.
        address: where the site stands on the web, so that any server shows the notice with its style however
            deep the address asked for; empty: the server of this site does, another one at the top only.
    """
    paths = {name: asset.path for name, asset in _shared().items()}
    template = environment().get_template("withdrawn.html")
    root = top(address, f"releases/{release_id}/")
    return template.render(assets=paths, root=root, policy=META_POLICY, release_id=release_id, reason=reason)


def write_withdrawal_notice(site: Path, release_id: str, reason: str, address: str = "") -> None:
    """Write the notice with what it needs into a site folder of its own; see `withdrawal_notice`."""
    page = withdrawal_notice(release_id, reason, address)
    for asset in _shared().values():
        target = site / asset.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(asset.content)
    for name in PAGES:
        (site / name).write_text(page, encoding="utf-8")


def _shared() -> dict[str, Asset]:
    found = assets()
    return {name: found[name] for name in SHEETS}
