"""Great Expectations, imported late and without two big libraries that none of our expectations uses.

It imports the statistics of SciPy, and Altair, for one expectation of its own (of distributions): 0.9 of 2.4
CPU seconds. `importlib.util.LazyLoader` does not serve here: its modules wake when a second `import`
statement finds them, and there are several of each.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

UNUSED = ("scipy.stats", "altair")


class Later(ModuleType):
    """Stands for a module until somebody asks it for something; then it is imported, and answers."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """What the real module has; the marks of a module that others look for do not wake it."""
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def framework() -> Any:  # noqa: ANN401
    """The framework; call this before anything else imports it."""
    for name in UNUSED:
        if name not in sys.modules:
            sys.modules[name] = Later(name)
    import great_expectations
    import great_expectations.expectations

    return great_expectations
