"""Loads the files of a target into the tables of deploy/warehouse/duckdb.sql and asks the views.

Usage: load.py DDL FOLDER QUERY...   FOLDER holds stories_log/ and the others.
Prints one JSON list of rows for each query.
"""

import glob
import json
import sys

import duckdb

TABLES = ["stories", "events", "mentions", "clusters", "relations"]


def main(ddl, folder, *queries):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    with open(ddl, encoding="utf-8") as file:
        connection.execute(file.read())
    for table in TABLES:
        for end, read in [("parquet", "read_parquet"), ("jsonl", "read_json")]:
            files = glob.glob(f"{folder}/{table}_log/*.{end}")
            if files:
                connection.execute(
                    f"INSERT INTO {table}_log BY NAME SELECT * FROM {read}(?)", [files]
                )
    for query in queries:
        print(json.dumps(connection.execute(query).fetchall()))


main(*sys.argv[1:])
