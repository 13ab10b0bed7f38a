"""A REST catalog for tests: pyiceberg's catalog in SQLite behind HTTP.

iceberg.py FOLDER   prints its address; ends with standard input
A GET of /lose lets the answer to the next commit be lost after it was done.
"""

import json
import re
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pyiceberg.catalog.rest import CreateTableRequest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.table import CommitTableRequest

STATUS = {
    NoSuchTableError: 404,
    NoSuchNamespaceError: 404,
    TableAlreadyExistsError: 409,
    NamespaceAlreadyExistsError: 409,
    CommitFailedException: 409,
}
LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    catalog = None
    lose = False

    def answer(self, status, value=None):
        body = b"" if value is None else value.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def table(self, table, **more):
        return json.dumps(
            {
                "metadata-location": table.metadata_location,
                "metadata": json.loads(table.metadata.model_dump_json()),
                **more,
            }
        )

    def serve(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        try:
            with LOCK:
                status, value = self.do(self.path.split("?")[0], body)
        except tuple(STATUS) as error:
            status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
            kind = type(error).__name__
            value = json.dumps({"error": {"message": str(error), "type": kind, "code": status}})
        if status is None:
            self.close_connection = True
            self.connection.close()
            return
        self.answer(status, None if self.command == "HEAD" else value)

    def do(self, path, body):
        if path == "/lose":
            Handler.lose = True
            return 200, "{}"
        if path == "/to-lose":
            return 200, str(int(Handler.lose))
        if path == "/v1/config":
            return 200, '{"defaults": {}, "overrides": {}}'
        if path == "/v1/namespaces":
            request = json.loads(body)
            self.catalog.create_namespace(tuple(request["namespace"]))
            return 200, json.dumps({"namespace": request["namespace"], "properties": {}})
        namespace, table = re.fullmatch(
            r"/v1/namespaces/([^/]+)(?:/tables(?:/([^/]+))?)?", path
        ).groups()
        if "/tables" not in path:
            self.catalog.load_namespace_properties(namespace)
            return (204 if self.command == "HEAD" else 200), json.dumps({"namespace": [namespace], "properties": {}})
        if table is None:
            absent = {"location": None, "partition-spec": None, "write-order": None}
            asked = {**absent, **json.loads(body)}
            for number, field in enumerate((asked["partition-spec"] or {}).get("fields", [])):
                field.setdefault("field-id", 1000 + number)
            request = CreateTableRequest.model_validate(asked)
            made = self.catalog.create_table(
                (namespace, request.name),
                schema=request.table_schema,
                partition_spec=request.partition_spec or (),
                properties=request.properties,
            )
            return 200, self.table(made)
        found = self.catalog.load_table((namespace, table))
        if self.command == "POST":
            request = CommitTableRequest.model_validate_json(body)
            self.catalog.commit_table(found, request.requirements, request.updates)
            if Handler.lose:
                Handler.lose = False
                return None, None
            found = self.catalog.load_table((namespace, table))
        return (204 if self.command == "HEAD" else 200), self.table(found, config={})

    do_GET = do_POST = do_HEAD = serve

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # A writer that was killed hears no answer.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main(folder):
    Handler.catalog = SqlCatalog(
        "tests", uri=f"sqlite:///{folder}/catalog.sqlite3", warehouse=f"file://{folder}/warehouse"
    )
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
    shutil.rmtree(folder)


main(*sys.argv[1:])
