"""What the suite may suppose of a dialect that reads: whatever differs from SQLAlchemy's defaults, with the reason.

The tables of the suite are tables of the session, in memory. They can be made, filled and read, and have no keys, references, indexes,
comments or defaults; nothing in them changes. The tables of accounts have keys, references and comments:
``tests/test_sqlalchemy.py`` reflects these.
"""

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

#: Not so, each with its reason.
CLOSED = {
    "tables of the session have no references": [
        "foreign_key_constraint_reflection", "on_update_cascade",
        "recursive_fk_cascade", "named_constraints", "implicitly_named_constraints",
    ],
    "tables of the session have no keys, and numbers do not count themselves": [
        "primary_key_constraint_reflection", "unique_constraint_reflection", "duplicate_key_raises_integrity_error", "autoincrement_insert",
        "autoincrement_without_sequence", "implements_get_lastrowid", "insert_from_select",
    ],
    "a session makes tables and no schemas": ["schemas"],
    "there are no indexes": ["index_reflection", "indexes_with_ascdesc", "reflect_indexes_with_ascdesc"],
    "nothing is changed or deleted": ["update_where_target_in_subquery", "empty_inserts"],
    "all tables of a session are temporary, and none is called so": ["temporary_tables", "temp_table_reflection"],
    "a day equals no instant within it": ["date_coerces_from_datetime"],
    "there are no transactions": ["independent_connections"],
    "one connection is the whole suite's": ["independent_readonly_connections", "ad_hoc_engines"],
}

#: So, though not in every database.
OPEN = [
    "boolean_col_expressions", "ctes", "datetime_literals", "datetime_timezone", "except_", "infinity_floats",
    "intersect", "nullsordering", "order_by_label_with_expression", "precision_numerics_enotation_small",
    "precision_numerics_many_significant_digits", "precision_numerics_retains_significant_digits", "regexp_match", "table_value_constructor",
    "timestamp_microseconds", "tuple_in", "unicode_ddl", "views", "window_functions",
]


def _fixed(rule):
    return property(lambda self: rule)


class Requirements(SuiteRequirements):
    """Of ``zuzen``."""


for _reason, _names in CLOSED.items():
    for _name in _names:
        assert hasattr(SuiteRequirements, _name), _name
        setattr(Requirements, _name, _fixed(exclusions.skip_if(lambda config: True, _reason)))
for _name in OPEN:
    assert hasattr(SuiteRequirements, _name), _name
    setattr(Requirements, _name, _fixed(exclusions.open()))
