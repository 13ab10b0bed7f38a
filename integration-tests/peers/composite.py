"""What people glue together today, for the same pages: composite.py PAGES PHOENIX OUT.parquet.

trafilatura takes the story out of the page, spaCy's small English model (tagger, parser, names) reads
it, a coder by dictionaries in the manner of PETRARCH finds who did what to whom, pyarrow writes the
rows. One process, one thread. PAGES is a folder of HTML files, PHOENIX one of the Phoenix dictionaries.
"""

import importlib
import json
import os
import re
import resource
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import pyarrow
import pyarrow.parquet
import spacy
import trafilatura

# The package of the model.
MODEL = os.environ.get("SPACY_MODEL", "en_core_web_sm")
SUBJECTS, OBJECTS = {"nsubj", "nsubjpass"}, {"dobj", "pobj", "dative", "nsubjpass"}


def verbs(path):
    """Lemma of each verb of the dictionary with its CAMEO code."""
    codes, block = {}, None
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("---"):
            found = re.search(r"\[(\w+)\]", line)
            block = found.group(1).strip(":") if found else None
        elif block and line and line[0].isalpha():
            word = re.split(r"[ {(\[]", line)[0].lower().replace("_", " ")
            own = re.search(r"\[(\w+)\]", line)
            codes.setdefault(word, own.group(1) if own else block)
    return codes


def actors(folder):
    """Name of each actor with its code."""
    names = {}
    for path in sorted(folder.glob("Phoenix.*.actors.txt")):
        code, waiting = None, []
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            line = line.split("#")[0].rstrip()
            if not line.strip():
                continue
            if line.startswith("+"):
                waiting.append(line[1:])
            elif line[0] not in " \t":
                code, waiting = None, [line]
            found = re.search(r"\[(\w{3,})", line)
            if found:
                code = found.group(1)
            for name in waiting if code else []:
                word = re.split(r"[\[;]", name)[0].strip().strip("_").replace("_", " ").lower()
                if word:
                    names.setdefault(word, code)
            waiting = [] if code else waiting
    return names


def actor(words, names):
    """The code of the longest name within words."""
    for length in range(min(5, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            code = names.get(" ".join(words[start : start + length]))
            if code:
                return code
    return None


def events(document, codes, names):
    for sentence in document.sents:
        for verb in sentence:
            code = codes.get(verb.lemma_.lower()) if verb.pos_ == "VERB" else None
            if not code:
                continue
            below = [token for token in verb.subtree if token.dep_ in SUBJECTS | OBJECTS]
            words = {token: [word.lower_ for word in token.subtree] for token in below}
            source = next((actor(words[t], names) for t in below if t.dep_ in SUBJECTS), None)
            target = next((a for t in below if t.dep_ in OBJECTS if (a := actor(words[t], names))), None)
            if source and target and source != target:
                yield {"code": code, "source": source, "target": target, "sentence": sentence.text}


def main(pages, phoenix, out):
    began = time.perf_counter()
    nlp = importlib.import_module(MODEL).load()
    codes, names = verbs(phoenix / "CAMEO.2.0.txt"), actors(phoenix)
    loaded = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF)
    rows, stories = [], 0
    for path in sorted(pages.iterdir()):
        story = trafilatura.bare_extraction(path.read_bytes(), with_metadata=True)
        if not story or not story.text:
            continue
        stories += 1
        for event in events(nlp(story.text), codes, names):
            rows.append({"story": path.name, "title": story.title, "date": story.date, **event})
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({
        "what": f"trafilatura {trafilatura.__version__}, spaCy {spacy.__version__}, dictionaries, Parquet",
        "stories": stories,
        "events": len(rows),
        "seconds": round(time.perf_counter() - loaded, 2),
        "load_seconds": round(loaded - began, 2),
        "cpu_seconds": round(spent, 2),
        "stories_per_cpu_second": round(stories / spent, 2),
        "peak_mb": after.ru_maxrss // 1024,
    }))


main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
