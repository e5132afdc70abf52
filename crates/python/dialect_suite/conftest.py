"""SQLAlchemy's own suite for dialects, over the demo's session."""

import pytest
from sqlalchemy import pool
from sqlalchemy.dialects import registry

from zuzen.dialect import DemoDialect


class SuiteDialect(DemoDialect):
    """Tables that the suite makes live in a session, so all of it runs in one."""

    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url):
        return pool.StaticPool


registry.impls["zuzen.suite"] = lambda: SuiteDialect

pytest.register_assert_rewrite("sqlalchemy.testing.assertions")

from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F403
