"""Reads CoNLL-U treebanks and learns the table of lemmas."""
import collections
import gzip

# A rule may not add more letters than this: longer ones are accidents of single words.
MOST_ADDED = 3
LONGEST_SUFFIX = 6
# Letters are kept as they are where the word is a name.
NAMES = ('NNP', 'NNPS')


class Sentence:
    """Words with their tags, lemmas and a projective tree."""

    def __init__(self, rows):
        self.words = [row[1] for row in rows]
        self.lemmas = [row[2] for row in rows]
        self.upos = [row[3] for row in rows]
        self.xpos = [row[4] for row in rows]
        self.gold_heads = [int(row[6]) - 1 for row in rows]
        self.labels = [row[7] for row in rows]
        self.heads = projective(self.gold_heads)

    def tags(self):
        return [f'{upos}_{xpos}' for upos, xpos in zip(self.upos, self.xpos)]


def read(path):
    """The sentences of a treebank; empty nodes and ranges of joined words are left out."""
    sentences, rows = [], []
    with gzip.open(path, 'rt', encoding='utf-8') as lines:
        for line in lines:
            columns = line.rstrip('\n').split('\t')
            if len(columns) == 10 and columns[0].isdigit():
                rows.append(columns)
            elif not line.strip() and rows:
                sentences.append(Sentence(rows))
                rows = []
    return sentences + ([Sentence(rows)] if rows else [])


def projective(heads):
    """Lifts arcs that cross others until none does: the shortest crossing arc goes up to its head's head."""
    heads = list(heads)
    while True:
        crossing = [child for child, head in enumerate(heads) if head >= 0 and crosses(heads, child)]
        if not crossing:
            return heads
        child = min(crossing, key=lambda c: (abs(c - heads[c]), c))
        if heads[heads[child]] < 0:
            crossing = [c for c in crossing if heads[heads[c]] >= 0]
            if not crossing:
                return heads
            child = min(crossing, key=lambda c: (abs(c - heads[c]), c))
        heads[child] = heads[heads[child]]


def crosses(heads, child):
    """Whether a word between a child and its head hangs outside of the head's subtree."""
    head = heads[child]
    low, high = min(child, head), max(child, head)
    for between in range(low + 1, high):
        above = between
        while above >= 0 and above != head:
            above = heads[above]
        if above != head:
            return True
    return False


def edit(form, lemma):
    """(letters to cut, letters to add) that makes the lemma of a form in lower case."""
    form, lemma = form.lower(), lemma.lower()
    shared = 0
    while shared < min(len(form), len(lemma)) and form[shared] == lemma[shared]:
        shared += 1
    return len(form) - shared, lemma[shared:]


def lemma_rules(sentences):
    """Lines `tag suffix cut add`: the longest suffix that a tag knows decides; `^word` is a whole word."""
    counts = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    for sentence in sentences:
        for form, lemma, tag in zip(sentence.words, sentence.lemmas, sentence.xpos):
            if lemma == '_' or tag in ('ADD', 'GW', 'XX'):
                continue
            word = '^' + form.lower()
            for length in range(min(LONGEST_SUFFIX, len(word)) + 1):
                counts[tag][word[len(word) - length:]][edit(form, lemma)] += 1
            if len(word) > LONGEST_SUFFIX:
                counts[tag][word][edit(form, lemma)] += 1
    lines = []
    for tag in sorted(counts):
        kept = {}
        for suffix in sorted(counts[tag], key=lambda s: (len(s), s)):
            rule, support = min(counts[tag][suffix].items(), key=lambda item: (-item[1], item[0]))
            inherited = longest(kept, suffix)
            gain = support - counts[tag][suffix].get(inherited, 0)
            is_word = suffix.startswith('^')
            allowed = is_word or (len(rule[1]) <= MOST_ADDED and support >= 3)
            if rule != inherited and allowed and gain >= (1 if is_word else 2):
                kept[suffix] = rule
        lines += [f'{tag}\t{suffix}\t{cut}\t{add}' for suffix, (cut, add) in sorted(kept.items())]
    return lines


def longest(rules, word):
    """The rule of the longest known suffix; else the word stays."""
    for start in range(len(word) + 1):
        if word[start:] in rules:
            return rules[word[start:]]
    return 0, ''


def score_lemmas(lines, sentences):
    """Share of words whose lemma comes out right but for the case of letters, given their gold tags."""
    rules = collections.defaultdict(dict)
    for line in lines:
        tag, suffix, cut, add = line.split('\t')
        rules[tag][suffix] = (int(cut), add)
    right = total = 0
    for sentence in sentences:
        for form, lemma, tag in zip(sentence.words, sentence.lemmas, sentence.xpos):
            cut, add = longest(rules[tag], '^' + form.lower())
            right += form.lower()[:max(len(form) - cut, 0)] + add == lemma.lower()
            total += 1
    return right / total
