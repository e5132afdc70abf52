"""The compliance suite of PEP 249 that is published as ``dbapi-compliance``, with tables of the session."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Served

import zuzen

dbapi20 = pytest.importorskip("dbapi20")


class TestCompliance(dbapi20.DatabaseAPI20Test):  # type: ignore[misc]
    """The suite makes tables and fills them: here these live in the session, beside those of the accounts."""

    driver = zuzen
    # There are no functions behind names of procedures; tests/test_requirements.py calls procedures that there are.
    lower_func = None

    @pytest.fixture(autouse=True)
    def accounts(self, zendesk: Served, zuora: Served) -> None:
        self.connect_kw_args = {"zendesk": zendesk.strings[0], "zuora": zuora.strings[0]}

    def setUp(self) -> None:
        # Each connection is a session of its own, so that nothing is left to drop.
        pass

    def tearDown(self) -> None:
        pass

    def test_non_idempotent_close(self) -> None:
        """The suite wants an error for the second close; PEP 249 does not say so, and Python's own files allow it."""
        connection = self._connect()
        connection.close()
        connection.close()

    def test_nextset(self) -> None:
        """The suite leaves this one to the driver."""
        connection = self._connect()
        try:
            with pytest.raises(zuzen.NotSupportedError):
                connection.cursor().nextset()
        finally:
            connection.close()

    def test_setoutputsize(self) -> None:
        """The suite leaves this one to the driver: nothing is ever cut off."""
        connection = self._connect()
        try:
            cursor = connection.cursor()
            cursor.setoutputsize(3)
            assert cursor.execute("SELECT 'abcdef'").fetchone() == ("abcdef",)
        finally:
            connection.close()


def test_the_suite_is_whole() -> None:
    """Whatever the suite tests runs; only these three are written anew, each with its reason."""
    own = {name for name, thing in vars(TestCompliance).items() if name.startswith("test_") and callable(thing)}
    theirs: set[Any] = {name for name in dir(dbapi20.DatabaseAPI20Test) if name.startswith("test_")}
    assert own == {"test_non_idempotent_close", "test_nextset", "test_setoutputsize"}
    assert own <= theirs and len(theirs) > 30
