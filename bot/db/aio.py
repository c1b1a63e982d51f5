"""SQLAlchemy's engines for asyncio, without the ORM that its package would load with them: 6 MiB in every process.

Whoever needs them imports them from here. The package keeps its sessions all the same: they are loaded when they are
asked for.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from importlib import import_module
from types import ModuleType
from typing import Any

_PACKAGE = "sqlalchemy.ext.asyncio"
_OF_THE_ORM = (f"{_PACKAGE}.session", f"{_PACKAGE}.scoping")


class _Later(ModuleType):
    """Stands for a module while the package is loaded, and for everything in it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _load() -> None:
    if _PACKAGE in sys.modules or any(name in sys.modules for name in _OF_THE_ORM):
        return
    with ExitStack() as stack:
        for name in _OF_THE_ORM:
            sys.modules[name] = _Later(name)
            stack.callback(sys.modules.pop, name)
        package = import_module(_PACKAGE)
    where = {name: found.__name__ for name, found in vars(package).items() if isinstance(found, _Later)}
    for name in where:
        delattr(package, name)

    def later(name: str) -> Any:
        if name not in where:
            raise AttributeError(f"module {_PACKAGE!r} has no attribute {name!r}", name=name, obj=package)
        return getattr(import_module(where[name]), name)

    package.__getattr__ = later


_load()

from sqlalchemy.ext.asyncio import (  # noqa: E402 — after it was seen to
    AsyncConnection,
    AsyncEngine,
    AsyncTransaction,
    create_async_engine,
)

__all__ = ["AsyncConnection", "AsyncEngine", "AsyncTransaction", "create_async_engine"]
