"""The driver by its name, as pandas, polars and everybody else loads it."""

import sys

from adbc_driver_manager import dbapi

with dbapi.connect("zuzen", db_kwargs={"uri": sys.argv[1]}, autocommit=True) as connection:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, count(*) AS tickets FROM tickets GROUP BY status ORDER BY status")
        assert [column[0] for column in cursor.description] == ["status", "tickets"]
        by_status = dict(cursor.fetchall())
        cursor.execute("SELECT id, status FROM tickets")
        table = cursor.fetch_arrow_table()
        assert table.num_rows == sum(by_status.values()) > 100
        cursor.execute("SELECT count(*) FROM tickets WHERE status = ?", ("closed",))
        assert cursor.fetchone() == (by_status["closed"],)
        cursor.execute("SELECT count(*) FROM tickets WHERE status = :wanted", {"wanted": "closed"})
        assert cursor.fetchone() == (by_status["closed"],)
        # One result over all of the bound rows.
        cursor.executemany("SELECT id FROM tickets WHERE id = ?", [(1,), (2,)])
    assert connection.adbc_get_info()["driver_version"]
    assert "TABLE" in connection.adbc_get_table_types()
    assert connection.adbc_get_table_schema("tickets").field("id").metadata[b"primary_key"] == b"true"
    objects = connection.adbc_get_objects(depth="tables", table_name_filter="tickets").read_all().to_pylist()
    schemas = {schema["db_schema_name"]: schema["db_schema_tables"] for schema in objects[0]["catalog_db_schemas"]}
    assert [table["table_name"] for table in schemas["zendesk"]] == ["tickets"]
