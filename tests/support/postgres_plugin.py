"""One PostgreSQL for a whole test run, started by the first test that asks, ended with the run.

The pytest process that was started by hand owns the server's folder; pytest-xdist's workers get its path and share
the server. Name this module in `pytest_plugins` of tests/conftest.py.
"""

from pathlib import Path
from typing import Any, Protocol

import pytest

from .postgres import PostgresServer, ServerFolder

FOLDER = pytest.StashKey[ServerFolder]()
WORKER_KEY = "folkmoot_postgres_folder"


class _WorkerNode(Protocol):
    config: pytest.Config
    workerinput: dict[str, Any]


class _ForXdist:
    """The hook that only pytest-xdist knows; registered when that plugin is there."""

    @pytest.hookimpl
    def pytest_configure_node(self, node: _WorkerNode) -> None:
        node.workerinput[WORKER_KEY] = str(node.config.stash[FOLDER].path)


def pytest_configure(config: pytest.Config) -> None:
    worker_input: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker_input is not None:
        config.stash[FOLDER] = ServerFolder(Path(worker_input[WORKER_KEY]))
        return
    config.stash[FOLDER] = ServerFolder.owned(in_memory=True)
    if config.pluginmanager.hasplugin("dsession") or config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_ForXdist())


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(FOLDER, None)
    if folder is not None:
        folder.close()


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> PostgresServer:
    """The run's PostgreSQL server. Name databases after the worker (`worker_id`): all workers share it."""
    return request.config.stash[FOLDER].server()
