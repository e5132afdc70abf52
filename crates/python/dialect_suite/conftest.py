"""SQLAlchemy's own suite for dialects, over the demo's session."""

import pytest
from sqlalchemy import pool
from sqlalchemy.dialects import registry
from sqlalchemy.sql.compiler import DDLCompiler

from zuzen.dialect import DemoDialect


class WithoutConstraints(DDLCompiler):
    """Tables of a session have no references: the suite's tables are made without theirs, to be read all the same."""

    def visit_foreign_key_constraint(self, constraint, **kw):
        return None

    visit_unique_constraint = visit_check_constraint = visit_foreign_key_constraint

    def visit_create_index(self, create, *arguments, **kw):
        # Without an index there is nothing to do, but something has to be said.
        return "SELECT 1"

    visit_drop_index = visit_create_index


class SuiteDialect(DemoDialect):
    """Tables that the suite makes live in a session, so all of it runs in one."""

    supports_statement_cache = True
    supports_comments = False
    ddl_compiler = WithoutConstraints

    @classmethod
    def get_pool_class(cls, url):
        return pool.StaticPool


registry.impls["zuzen.suite"] = lambda: SuiteDialect

pytest.register_assert_rewrite("sqlalchemy.testing.assertions")

from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F403
