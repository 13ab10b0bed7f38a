#!/usr/bin/env python3
"""Builds config/ontology/cameo.tsv: CAMEO codes and what they are in PLOVER, after the crosswalk of the
Open Event Data Alliance (CC BY-SA 4.0).

usage: build_cameo.py CORPORA        (the folder with events/)

Columns, by tabs: CAMEO code, PLOVER type, mode, contexts (separated by `;`). Where the crosswalk and the
PLOVER manual differ, the manual wins: imposed sanctions (163) are SANCTION.
"""
import pathlib
import re
import sys

OUT = pathlib.Path(__file__).parent.parent / "config" / "ontology" / "cameo.tsv"
LINE = re.compile(r"(\d{2,4}):\s*([A-Z]+)\s*(?:,\s*([^,#]*?)\s*)?(?:,\s*([^#]*?)\s*)?(?:#.*)?$")
#: Words of the crosswalk that are no mode or context of the manual.
MODES = {"ban": "restrict", "return": "release", "ease": "", "political": "restrict", "assassinate": "targeted",
         "massacre": "targeted", "cleansing": "targeted", "pro_autocracy": ""}
CONTEXTS = {"humanitarian": "human_security", "democracy": "pro_democracy"}
MANUAL = {"163": ("SANCTION", "discontinue", "economic")}


def main():
    source = pathlib.Path(sys.argv[1]) / "events" / "CAMEO2PLOVER-2021.txt"
    rows = {}
    for line in source.read_text().splitlines():
        found = LINE.match(line.rstrip())
        if not found or found[1] in rows:
            continue
        code, kind, mode, contexts = found[1], found[2], (found[3] or "").strip(), found[4] or ""
        mode = MODES.get(mode, mode)
        if (kind, mode) == ("ASSAULT", "seize"):
            mode = "destroy"
        contexts = [part.strip() for part in re.split("[;,]", contexts) if part.strip()]
        rows[code] = (kind, mode, ";".join(CONTEXTS.get(part, part) for part in contexts))
    rows.update(MANUAL)
    text = "# From CAMEO2PLOVER-2021 of the Open Event Data Alliance (CC BY-SA 4.0); built by models/build_cameo.py.\n"
    text += "".join("\t".join((code, *row)) + "\n" for code, row in sorted(rows.items()))
    OUT.write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
