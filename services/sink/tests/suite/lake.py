"""Reads tables of a lake as others do.

lake.py views FOLDER DDL QUERY...   the answers of DuckDB, one JSON list of rows for each query
lake.py catalog URL DDL NAMESPACE QUERY...   the same of tables of Iceberg in a catalog
lake.py iceberg URL NAMESPACE TABLE MARK     as pyiceberg sees a table: rows, files, a mark
lake.py words FOLDER PATTERN        what matches in any file below the folder
lake.py deltalake TABLE MARK OPTIONS   as deltalake sees a table: rows, files, and what a mark stands at
lake.py s3                          an S3 server until standard input ends; prints its address
"""

import importlib
import json
import os
import pathlib
import re
import sys


def duck(*extensions):
    import duckdb

    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    for name in extensions:
        module = importlib.import_module(f"duckdb_extension_{name}")
        folder = os.path.join(os.path.dirname(module.__file__), "extensions")
        connection.execute(f"LOAD '{folder}/v{duckdb.__version__}/{name}.duckdb_extension'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def views(folder, ddl, *queries):
    connection = duck("delta")
    connection.execute(f"SET VARIABLE lake = '{folder}'")
    with open(ddl, encoding="utf-8") as file:
        connection.execute(file.read())
    for query in queries:
        print(json.dumps(connection.execute(query).fetchall()))


def catalog(url, ddl, namespace, *queries):
    connection = duck("avro", "httpfs", "iceberg")
    connection.execute(
        f"ATTACH '' AS lake (TYPE iceberg, ENDPOINT '{url}', AUTHORIZATION_TYPE 'none')"
    )
    with open(ddl, encoding="utf-8") as file:
        connection.execute(file.read().replace("lake.dateline.", f"lake.{namespace}."))
    for query in queries:
        print(json.dumps(connection.execute(query).fetchall()))


def iceberg(url, namespace, table, mark):
    from pyiceberg.catalog.rest import RestCatalog

    read = RestCatalog("tests", uri=url).load_table((namespace, table))
    rows = read.scan().to_arrow().num_rows
    files = [task.file for task in read.scan().plan_files()]
    for file in files:
        # Readers look for what tells of the rows from the end that the table knows.
        length = os.path.getsize(file.file_path.removeprefix("file://"))
        assert length == file.file_size_in_bytes, file
    print(json.dumps([rows, len(files), int(read.properties.get(mark, 0))]))


def words(folder, pattern):
    import duckdb

    connection = duckdb.connect()
    found = set()
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_dir():
            continue
        text = path.read_bytes().decode("latin-1")
        if text.startswith("PAR1"):
            rows = connection.execute("SELECT to_json(t)::VARCHAR FROM read_parquet(?) t", [str(path)])
            text += "".join(row for (row,) in rows.fetchall())
        found.update(re.findall(pattern, text))
    for word in sorted(found):
        print(word)


def deltalake(table, mark, options):
    from deltalake import DeltaTable

    read = DeltaTable(table, storage_options=json.loads(options) or None)
    rows = read.to_pyarrow_table().num_rows
    marked = read.transaction_version(mark) or 0
    print(json.dumps([rows, len(read.file_uris()), marked]), flush=True)
    # The threads of its client to S3 do not end with the interpreter.
    os._exit(0)


def s3():
    import logging

    import boto3
    from moto.server import ThreadedMotoServer

    # The server tells of itself on standard output, where only the address belongs.
    out, sys.stdout = sys.stdout, sys.stderr
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket="lake")
    print(address, file=out, flush=True)
    sys.stdin.read()
    server.stop()


COMMANDS = [views, catalog, iceberg, words, deltalake, s3]
next(own for own in COMMANDS if own.__name__ == sys.argv[1])(*sys.argv[2:])
