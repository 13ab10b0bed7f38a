#!/usr/bin/env python3
"""Builds models/events/verbs.tsv: which verb, with which words before and behind it, tells which
PLOVER type, after the CAMEO 2.0 verb dictionary and the CAMEO-to-PLOVER crosswalk.

usage: build_lexicon.py CORPORA        (the folder with phoenix/ and events/)

Rows, by tabs: the verbs' base forms, words before, words behind (separated by `|`), CAMEO code, PLOVER
type. A row without words is a verb's usual meaning. A word with a blank in it is a phrase; `a/b` means
either.
"""
import pathlib
import re
import sys

OUT = pathlib.Path(__file__).parent / "events" / "verbs.tsv"
TOKEN = re.compile(r"\{[^}]*\}|\([^)]*\)|[^\s{}()]+")
#: Marks of the sides and of what stands for any word.
MARKS = {"$", "+", "%", "*", "^", "-"}


def crosswalk(path):
    """CAMEO codes that PLOVER keeps, to their types."""
    types = {}
    for line in path.read_text().splitlines():
        found = re.match(r"(\d{2,4}):\s*([A-Z]+)", line)
        if found:
            types[found[1]] = found[2]
    return types


def type_of(code, types):
    while code and code not in types:
        code = code[:-1]
    return types.get(code)


def base_of(head):
    """The base form of a verb line, whose other forms stand in braces; a phrase with `_`."""
    return head.partition("{")[0].strip().strip("+_").lower().replace(" ", "_")


def words_of(part, sets):
    """The words of one side of a pattern, phrases and classes as one."""
    words = []
    for token in TOKEN.findall(part):
        if token[0] in "{(":
            words.extend(words_of(token[1:-1], sets))
        elif token[0] == "&":
            words.append("/".join(sets.get(token, [])))
        elif token not in MARKS and token[0] not in "$+%":
            words.append(token.lower().strip("_").replace("_", " "))
    return [word for word in words if word]


def read(path, types):
    sets, rows = {}, []
    current, block, default = None, [], None
    for raw in path.read_text(encoding="latin1").splitlines():
        line = raw.split("#")[0].rstrip()
        if not line:
            continue
        if line.startswith("---"):
            found = re.search(r"\[([\d:-]*)", line)
            current, block = None, []
            default = found[1].split(":")[0] if found else None
        elif line.startswith("&"):
            current = sets.setdefault(line.split()[0], [])
        elif line.startswith("+") and current is not None:
            current.append(line[1:].split("{")[0].strip().strip("_").lower().replace("_", " "))
        elif line.startswith(("- ", "-\t")):
            found = re.match(r"-\s+(.*?)\[([\d:]+)\]", line)
            if found and "*" in found[1]:
                before, _, behind = found[1].partition("*")
                code = found[2].split(":")[0]
                if type_of(code, types):
                    rows.append((sorted(set(block)), words_of(before, sets), words_of(behind, sets), code))
        elif not line.startswith(("~", "=")):
            head, _, code = line.partition("[")
            code = code.split("]")[0].split(":")[0] or default
            base = base_of(head)
            if base.count("_") > 1 or not re.fullmatch("[a-z_-]+", base):
                continue
            block.append(base)
            if code and type_of(code, types):
                rows.append(([base], [], [], code))
    return rows


def main():
    corpora = pathlib.Path(sys.argv[1])
    types = crosswalk(corpora / "events" / "CAMEO2PLOVER-2021.txt")
    rows = read(corpora / "phoenix" / "CAMEO.2.0.txt", types)
    lines = ["# From the CAMEO 2.0 verb dictionary of petrarch2 (MIT); built by models/build_lexicon.py."]
    seen = set()
    for verbs, before, behind, code in rows:
        sides = "|".join(before), "|".join(behind)
        line = "\t".join([" ".join(verbs), *sides, code, type_of(code, types)])
        if line not in seen:
            seen.add(line)
            lines.append(line)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n")
    print(f"{len(lines) - 1} rows to {OUT.name}")


if __name__ == "__main__":
    main()
