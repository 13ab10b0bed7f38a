#!/usr/bin/env python3
"""Builds the word lists by which the cleaner tells the language of short texts.

usage: models/build_languages.py
  needs the PyPI package wordfreq 3.1.1 (its small lists; data: CC BY-SA 4.0)

Writes languages/words.tsv and languages/parts.tsv beside this script, sorted, so that the same input
gives the same bytes. A line is a word, or three letters of one (`_` is its edge), a tab, and for each
language its code and how frequent it is there: a hundred times the logarithm to base 10 of its
frequency in a billion.
"""
import collections
import math
import pathlib

import wordfreq

HERE = pathlib.Path(__file__).parent / 'languages'
# Codes of the lists and of the records. Languages with a script of their own need no list.
LANGUAGES = {'bg': 'bg', 'ca': 'ca', 'cs': 'cs', 'da': 'da', 'de': 'de', 'en': 'en', 'es': 'es', 'fi': 'fi', 'fil': 'tl', 'fr': 'fr', 'hu': 'hu',
             'id': 'id', 'is': 'is', 'it': 'it', 'lt': 'lt', 'lv': 'lv', 'mk': 'mk', 'ms': 'ms', 'nb': 'no', 'nl': 'nl', 'pl': 'pl', 'pt': 'pt',
             'ro': 'ro', 'ru': 'ru', 'sh': 'hr', 'sk': 'sk', 'sl': 'sl', 'sv': 'sv', 'tr': 'tr', 'uk': 'uk', 'vi': 'vi', 'ar': 'ar', 'fa': 'fa', 'ur': 'ur'}
WORDS = 4000
PARTS = 1500


def is_word(word):
    return word.isalpha() and word == word.lower()


def hundredths(frequency):
    return round(100 * (math.log10(frequency) + 9))


def parts(word):
    padded = f'_{word}_'
    return (padded[at:at + 3] for at in range(len(padded) - 2))


def write(name, table):
    lines = []
    for key in sorted(table):
        lines.append(key + '\t' + ' '.join(f'{code}{value}' for code, value in sorted(table[key].items())))
    (HERE / name).write_text('\n'.join(lines) + '\n', encoding='utf-8')
    print(name, len(lines))


def main():
    words, by_part = collections.defaultdict(dict), collections.defaultdict(dict)
    for source, code in LANGUAGES.items():
        frequencies = {word: value for word, value in wordfreq.get_frequency_dict(source, 'small').items() if is_word(word)}
        ranked = sorted(frequencies, key=lambda word: (-frequencies[word], word))
        for word in ranked[:WORDS]:
            words[word][code] = hundredths(frequencies[word])
        counts = collections.Counter()
        # Words that have no list entry are rare, so each word counts by the root of its frequency.
        for word in ranked:
            for part in parts(word):
                counts[part] += math.sqrt(frequencies[word])
        total = sum(counts.values())
        for part, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:PARTS]:
            by_part[part][code] = hundredths(count / total)
    HERE.mkdir(exist_ok=True)
    write('words.tsv', words)
    write('parts.tsv', by_part)


if __name__ == '__main__':
    main()
