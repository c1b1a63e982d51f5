"""The stage of the tests of cogs."""

from tests.cogs.conftest import sandbox, stage

__all__ = ["sandbox", "stage"]
