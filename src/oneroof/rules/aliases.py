"""What is used under another name than its own, where no metadata says so.

Drivers that Django and connection URLs choose by the name of the database, and data that the
standard library looks for. Whatever extras or entry points tell has no place here.
"""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, ...]] = {
    "psycopg": ("postgres", "postgresql"),
    "psycopg-binary": ("postgres", "postgresql"),
    "psycopg2": ("postgres", "postgresql"),
    "psycopg2-binary": ("postgres", "postgresql"),
    "mysqlclient": ("mysql",),
    "pymysql": ("mysql",),
    "cx-oracle": ("oracle",),
    "oracledb": ("oracle",),
    "pyodbc": ("mssql", "odbc"),
}
"""Words in strings and in files for other tools that make a distribution be loaded."""
STANDARD_MODULES: Mapping[str, str] = {"tzdata": "zoneinfo"}
"""Modules of the standard library that use a distribution where it is there."""
