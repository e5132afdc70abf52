"""Rows that end early are an error with its status, and not an end."""

import sys

import adbc_driver_manager
from adbc_driver_manager import dbapi

with dbapi.connect("zuzen", db_kwargs={"uri": sys.argv[1]}, autocommit=True) as connection:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM ticket_comments WHERE ticket_id < 100")
        try:
            cursor.fetchall()
        except adbc_driver_manager.OperationalError as error:
            assert error.status_code == adbc_driver_manager.AdbcStatusCode.IO, error.status_code
            details = dict((key if isinstance(key, str) else key.decode(), value) for key, value in error.details)
            assert details["zuzen.kind"] == b"remote", details
            assert error.sqlstate == "58000", error.sqlstate
        else:
            raise AssertionError("the rows end without an error")
