"""Tables of a connection in a session of datafusion-python, which plans and joins; filters and limits go to the vendor."""

import ctypes
import os
import sys

import datafusion
from adbc_driver_manager import dbapi

library = ctypes.CDLL(os.environ["ZUZEN_LIBRARY"])


class AdbcError(ctypes.Structure):
    _fields_ = [
        ("message", ctypes.c_char_p),
        ("vendor_code", ctypes.c_int32),
        ("sqlstate", ctypes.c_char * 5),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
        ("private_driver", ctypes.c_void_p),
    ]


library.ZuzenDataFusionVersion.restype = ctypes.c_uint64
library.ZuzenTableProvider.restype = ctypes.c_uint8
library.ZuzenTableProvider.argtypes = [
    ctypes.c_int64,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(AdbcError),
]
library.ZuzenTableProviderRelease.argtypes = [ctypes.c_void_p]
library.ZuzenTableProviderRelease.restype = None

DESTRUCTOR = ctypes.CFUNCTYPE(None, ctypes.py_object)
pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
pointer_of.restype = ctypes.c_void_p
pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]
capsule_of = ctypes.pythonapi.PyCapsule_New
capsule_of.restype = ctypes.py_object
capsule_of.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


class Table:
    def __init__(self, connection, schema, name):
        self.session = connection.adbc_connection.get_option_int("zuzen.session")
        self.schema, self.name = schema, name
        self.made = []

    def __datafusion_table_provider__(self, session):
        codec = session
        if hasattr(session, "__datafusion_logical_extension_codec__"):
            codec = session.__datafusion_logical_extension_codec__()
        provider, error = ctypes.c_void_p(), AdbcError()
        status = library.ZuzenTableProvider(
            self.session,
            self.schema.encode(),
            self.name.encode(),
            pointer_of(codec, b"datafusion_logical_extension_codec"),
            ctypes.byref(provider),
            ctypes.byref(error),
        )
        if status != 0:
            raise LookupError(status, error.message.decode())
        self.made.append(provider.value)
        return capsule_of(provider.value, b"datafusion_table_provider", None)

    def close(self):
        for provider in self.made:
            library.ZuzenTableProviderRelease(provider)


assert int(datafusion.__version__.split(".")[0]) == library.ZuzenDataFusionVersion()

connection = dbapi.connect("zuzen", db_kwargs={"uri": sys.argv[1]}, autocommit=True)


def one(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def requests():
    return one("SELECT count(*) FROM system.requests")


context = datafusion.SessionContext()
tables = {name: Table(connection, "zendesk", name) for name in ("tickets", "users", "ticket_comments", "tickets_tags")}
for name, table in tables.items():
    context.register_table(name, table)

everything = one("SELECT count(*) FROM tickets")
before = requests()
(counted,) = context.sql("SELECT count(*) AS n FROM tickets").collect()
assert counted.to_pydict() == {"n": [everything]}, counted
whole = requests() - before

# A filter is one request for one ticket.
before = requests()
found = context.sql("SELECT id, subject FROM tickets WHERE id = 5").to_pydict()
assert found["id"] == [5], found
assert requests() - before == 1, requests() - before
assert whole > 1, whole

# A limit ends the reading.
before = requests()
assert len(context.sql("SELECT id FROM tickets LIMIT 3").to_pydict()["id"]) == 3
assert requests() - before == 1, requests() - before

# Tables of the vendor join with those of the session, and with each other.
joined = context.sql(
    "SELECT count(*) AS n FROM tickets t JOIN users u ON u.id = t.requester_id"
).to_pydict()["n"][0]
assert joined == one("SELECT count(*) FROM tickets t JOIN users u ON u.id = t.requester_id")
tags = context.sql("SELECT count(*) AS n FROM tickets_tags").to_pydict()["n"][0]
assert tags == one("SELECT count(*) FROM tickets_tags") > 0

# What is wrong is said.
for schema, name, status in (("zendesk", "tickts", 3), ("nowhere", "tickets", 3)):
    try:
        context.register_table("wrong", Table(connection, schema, name))
    except Exception as error:
        assert f"({status}," in repr(error) or "there is no" in str(error), repr(error)
    else:
        raise AssertionError(f"{schema}.{name} is no table")

# A table outlives the connection that it came from, and what was handed out may be given back.
kept = context.table("tickets")
connection.close()
for table in tables.values():
    table.close()
assert kept.count() == everything
