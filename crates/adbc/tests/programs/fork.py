"""A child process inherits handles without the threads behind them: it is told so, and its parent goes on."""

import os
import sys

import adbc_driver_manager
from adbc_driver_manager import dbapi

connection = dbapi.connect("zuzen", db_kwargs={"uri": sys.argv[1]}, autocommit=True)
cursor = connection.cursor()
cursor.execute("SELECT id FROM tickets")
assert cursor.fetchone() is not None

child = os.fork()
if child == 0:
    outcome = 1
    try:
        other = connection.cursor()
        other.execute("SELECT 1")
    except adbc_driver_manager.ProgrammingError as error:
        if error.status_code == adbc_driver_manager.AdbcStatusCode.INVALID_STATE and "forked" in str(error):
            # A database of its own works.
            with dbapi.connect("zuzen", db_kwargs={"uri": sys.argv[1]}, autocommit=True) as own:
                with own.cursor() as counting:
                    counting.execute("SELECT count(*) FROM groups")
                    outcome = 0 if counting.fetchone()[0] > 0 else 2
    # What was inherited is closed here, too; it must neither hang nor crash.
    cursor.close()
    connection.close()
    os._exit(outcome)

_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0, status
assert len(cursor.fetchall()) > 100
cursor.close()
connection.close()
