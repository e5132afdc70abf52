"""A program that ends with open cursors, in the middle of their rows, neither hangs nor crashes."""

import sys

from adbc_driver_manager import dbapi

kept = []
for _ in range(3):
    connection = dbapi.connect("zuzen", db_kwargs={"uri": sys.argv[1]}, autocommit=True)
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM ticket_comments WHERE ticket_id < 100")
    assert cursor.fetchone() is not None
    kept.append((connection, cursor))

# And one whose garbage is collected in between.
connection = dbapi.connect("zuzen", db_kwargs={"uri": sys.argv[1]}, autocommit=True)
cursor = connection.cursor()
cursor.execute("SELECT * FROM tickets")
del cursor, connection
