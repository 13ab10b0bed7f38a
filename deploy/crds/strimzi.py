"""Holds Kafka objects to the schemas of Strimzi: `strimzi.py DEFINITION... < OBJECTS.json`.

A cluster drops a key that the schema does not name; here it is a fault, since a misspelt key is the
likeliest mistake. Prints how many objects of each kind were held to a schema.
"""

import collections
import json
import sys

import jsonschema
import yaml


def closed(schema):
    """The schema, its objects without other keys than they name."""
    if isinstance(schema, dict):
        schema = {key: closed(value) for key, value in schema.items()}
        if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            schema["additionalProperties"] = False
    elif isinstance(schema, list):
        schema = [closed(one) for one in schema]
    return schema


checks = {}
for path in sys.argv[1:]:
    with open(path) as file:
        spec = yaml.safe_load(file)["spec"]
    for version in spec["versions"]:
        kind = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
        schema = closed(version["schema"]["openAPIV3Schema"])
        # Every object's own, which Kubernetes' schema describes.
        schema["properties"]["metadata"] = {"type": "object"}
        checks[kind] = jsonschema.Draft202012Validator(schema)

counts = collections.Counter()
failed = False
for held in json.load(sys.stdin):
    if not held["apiVersion"].startswith("kafka.strimzi.io/"):
        continue
    name = f"{held['kind']} {held['metadata']['name']}"
    check = checks.get((held["apiVersion"], held["kind"]))
    if check is None:
        sys.exit(f"{name}: no schema of {held['apiVersion']} is known here")
    for fault in check.iter_errors(held):
        failed = True
        print(f"{name}: {fault.json_path}: {fault.message}", file=sys.stderr)
    counts[held["kind"]] += 1
print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
sys.exit(failed)
