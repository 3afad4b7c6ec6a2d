"""The pages of the private Data Docs: their templates are compiled once, not once for each kind of page.

Only the framework imports this, when it builds pages.
"""

from __future__ import annotations

from typing import Any

from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """Compiled templates in memory, each under a hash of its name and its source."""

    def __init__(self) -> None:
        """Nothing is compiled yet."""
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled before; the bucket leaves it where the source is another."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class PageView(DefaultJinjaPageView):  # type: ignore[misc]
    """A page of expectations or of verdicts."""

    def __init__(self, **places: Any) -> None:  # noqa: ANN401
        """As the framework makes it."""
        super().__init__(**places)
        self.env.bytecode_cache = COMPILED


class IndexView(DefaultJinjaIndexPageView):  # type: ignore[misc]
    """The first page."""

    def __init__(self, **places: Any) -> None:  # noqa: ANN401
        """As the framework makes it."""
        super().__init__(**places)
        self.env.bytecode_cache = COMPILED
