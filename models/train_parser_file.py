"""Writes a trained network as the parser file that crates/language loads.

The file is `DLPARSE1` and then sections: a byte with the length of the name, the name, a byte with the kind, two
little-endian 32-bit sizes, the data. Kinds: 0 = a matrix of 32-bit floats, 1 = a matrix of bytes with one 32-bit scale
a row before it, 2 = text (first size: bytes), 3 = pairs of 64-bit numbers (first size: pairs).
"""
import struct

import numpy
from spacy.strings import hash_string
from spacy.symbols import IDS

MAGIC = b'DLPARSE1'
# Features that the pipeline cannot give a word alone: every word has a space behind it and is none.
CONSTANT = {'SPACY': 1, 'IS_SPACE': 0}
FEATURES = ('NORM', 'PREFIX', 'SUFFIX', 'SHAPE')


def walk(model, name):
    return [node for node in model.walk() if node.name == name]


def named_weights(nlp):
    """(name, node, parameter) of every matrix that is written in bytes."""
    tok2vec = nlp.get_pipe('tok2vec').model
    found = [(f'embed.{index}', node, 'E') for index, node in enumerate(walk(tok2vec, 'hashembed'))]
    found += [(f'maxout.{index}', node, 'W') for index, node in enumerate(walk(tok2vec, 'maxout'))]
    tagger, parser = nlp.get_pipe('tagger').model, nlp.get_pipe('parser').model
    found.append(('tag', walk(tagger, 'softmax')[0], 'W'))
    found.append(('narrow', walk(parser.get_ref('tok2vec'), 'linear')[0], 'W'))
    found.append(('lower', parser.get_ref('lower'), 'W'))
    found.append(('upper', parser.get_ref('upper'), 'W'))
    return found


def flat(array):
    return numpy.ascontiguousarray(array.reshape(-1, array.shape[-1]), dtype='float32')


def in_bytes(array):
    """(scale a row, bytes)."""
    matrix = flat(array)
    scale = numpy.maximum(numpy.abs(matrix).max(axis=1), 1e-12) / 127
    return scale.astype('<f4'), numpy.rint(matrix / scale[:, None]).astype('i1')


def round_weights(nlp):
    """Puts what the file will hold in place of the trained weights."""
    for _, node, parameter in named_weights(nlp):
        array = node.get_param(parameter)
        scale, rows = in_bytes(array)
        node.set_param(parameter, (rows.astype('float32') * scale[:, None]).reshape(array.shape))


def section(name, kind, sizes, data):
    return struct.pack('<B', len(name)) + name.encode() + struct.pack('<BII', kind, *sizes) + data


def floats(name, array):
    matrix = flat(numpy.atleast_2d(array))
    return section(name, 0, matrix.shape, matrix.astype('<f4').tobytes())


def matrix_bytes(name, array):
    scale, rows = in_bytes(array)
    return section(name, 1, rows.shape, scale.tobytes() + rows.tobytes())


def text(name, lines):
    data = '\n'.join(lines).encode()
    return section(name, 2, (len(data), 0), data)


def pairs(name, numbers):
    data = b''.join(struct.pack('<QQ', *pair) for pair in sorted(numbers))
    return section(name, 3, (len(numbers), 0), data)


def moves(parser):
    """One line an action: S, D (reduce), L or R with its relation; B never applies within a sentence."""
    unseen = parser.model.attrs['unseen_classes']
    return ['-' if index in unseen or name.startswith('B') else name for index, name in enumerate(parser.move_names)]


def embedding_sections(nlp):
    """The tables of the four features, and the mixing layer with the constant features folded into its bias."""
    tok2vec = nlp.get_pipe('tok2vec').model
    attributes = walk(tok2vec, 'extract_features')[0].attrs['columns']
    names = [name if isinstance(name, str) else nlp.vocab.strings[name] for name in attributes]
    mix = walk(tok2vec, 'maxout')[0]
    weights, bias = mix.get_param('W'), mix.get_param('b').reshape(-1).copy()
    width = weights.shape[0]
    weights = weights.reshape(-1, weights.shape[-1])
    kept = []
    for index, (name, node) in enumerate(zip(names, walk(tok2vec, 'hashembed'))):
        columns = slice(index * width, (index + 1) * width)
        table = node.get_param('E')
        if name in FEATURES:
            kept.append(weights[:, columns])
            yield matrix_bytes(f'embed.{name}', table)
            yield text(f'seed.{name}', [str(node.attrs['seed'])])
            continue
        rows = node.ops.hash(numpy.array([CONSTANT[name]], dtype='uint64'), node.attrs['seed']) % table.shape[0]
        bias += weights[:, columns] @ table[rows[0]].sum(axis=0)
    yield matrix_bytes('maxout.0', numpy.concatenate(kept, axis=1))
    yield floats('maxout.0.b', bias)


def layer_sections(nlp):
    tok2vec = nlp.get_pipe('tok2vec').model
    for index, node in enumerate(walk(tok2vec, 'maxout')):
        if index:
            yield matrix_bytes(f'maxout.{index}', node.get_param('W'))
            yield floats(f'maxout.{index}.b', node.get_param('b').reshape(-1))
    for index, node in enumerate(walk(tok2vec, 'layernorm')):
        yield floats(f'norm.{index}', numpy.stack([node.get_param('G'), node.get_param('b')]))


def head_sections(nlp):
    softmax, parser = walk(nlp.get_pipe('tagger').model, 'softmax')[0], nlp.get_pipe('parser')
    lower, upper = parser.model.get_ref('lower'), parser.model.get_ref('upper')
    yield matrix_bytes('tag', softmax.get_param('W'))
    yield floats('tag.b', softmax.get_param('b'))
    yield text('tag.labels', nlp.get_pipe('tagger').labels)
    narrow = walk(parser.model.get_ref('tok2vec'), 'linear')[0]
    yield matrix_bytes('narrow', narrow.get_param('W'))
    yield floats('narrow.b', narrow.get_param('b'))
    yield matrix_bytes('lower', lower.get_param('W'))
    yield floats('lower.b', lower.get_param('b').reshape(-1))
    yield floats('lower.pad', lower.get_param('pad').reshape(lower.get_dim('nF'), -1))
    yield matrix_bytes('upper', upper.get_param('W'))
    yield floats('upper.b', upper.get_param('b'))
    yield text('moves', moves(parser))


def norms(nlp):
    """Ids of forms and of their norms, both of the lookup tables and of the rules of the language."""
    from spacy.lang.norm_exceptions import BASE_NORMS
    strings = nlp.vocab.strings
    table = dict(nlp.vocab.lookups.get_table('lexeme_norm'))
    found = {key: strings.as_int(norm) for key, norm in table.items()}
    for form, norm in BASE_NORMS.items():
        found[hash_string(form)] = strings.as_int(norm)
    return found


def write(nlp, lemmas, path):
    """Writes the file; the weights should have been rounded before."""
    parts = [MAGIC, *embedding_sections(nlp), *layer_sections(nlp), *head_sections(nlp)]
    parts.append(pairs('norms', list(norms(nlp).items())))
    parts.append(pairs('symbols', [(hash_string(name), number) for name, number in IDS.items() if name]))
    parts.append(text('lemmas', lemmas))
    path.write_bytes(b''.join(parts))


def sections(path):
    """The sections of a parser file: matrices of floats, lists of lines."""
    data, at, found = path.read_bytes(), len(MAGIC), {}
    if not data.startswith(MAGIC):
        raise ValueError(f'{path}: no parser file: it begins with {data[:8]!r}, not {MAGIC!r}')
    while at < len(data):
        length = data[at]
        name = data[at + 1:at + 1 + length].decode()
        kind, rows, columns = struct.unpack_from('<BII', data, at + 1 + length)
        at += 10 + length
        if kind == 0:
            found[name] = numpy.frombuffer(data, '<f4', rows * columns, at).reshape(rows, columns)
            at += 4 * rows * columns
        elif kind == 1:
            scale = numpy.frombuffer(data, '<f4', rows, at)
            weights = numpy.frombuffer(data, 'i1', rows * columns, at + 4 * rows).reshape(rows, columns)
            found[name] = weights.astype('float32') * scale[:, None]
            at += rows * (4 + columns)
        elif kind == 2:
            found[name] = data[at:at + rows].decode().split('\n')
            at += rows
        else:
            at += 16 * rows
    return found


def put(node, parameter, array):
    node.set_param(parameter, numpy.array(array, dtype='float32').reshape(node.get_param(parameter).shape))


def read(nlp, path):
    """Puts the weights of a parser file into a pipeline of the same sizes, tags and actions."""
    found = sections(path)
    parser, tagger = nlp.get_pipe('parser'), nlp.get_pipe('tagger')
    for name, own in (('moves', moves(parser)), ('tag.labels', list(tagger.labels))):
        if found[name] != own:
            raise ValueError(f'{path}: {name} are not those of the treebanks: train from the start, without --start')
    read_encoder(nlp, found)
    softmax, narrow = walk(tagger.model, 'softmax')[0], walk(parser.model.get_ref('tok2vec'), 'linear')[0]
    lower, upper = parser.model.get_ref('lower'), parser.model.get_ref('upper')
    for name, node in (('tag', softmax), ('narrow', narrow), ('lower', lower), ('upper', upper)):
        put(node, 'W', found[name])
        put(node, 'b', found[f'{name}.b'])
    put(lower, 'pad', found['lower.pad'])


def read_encoder(nlp, found):
    """The constant features, whose share is in the bias of the file, get tables of noughts."""
    tok2vec = nlp.get_pipe('tok2vec').model
    attributes = walk(tok2vec, 'extract_features')[0].attrs['columns']
    names = [name if isinstance(name, str) else nlp.vocab.strings[name] for name in attributes]
    layers = walk(tok2vec, 'maxout')
    mix = layers[0].get_param('W').copy()
    width, kept = mix.shape[0], 0
    for index, (name, node) in enumerate(zip(names, walk(tok2vec, 'hashembed'))):
        if name not in FEATURES:
            put(node, 'E', numpy.zeros_like(node.get_param('E')))
            continue
        put(node, 'E', found[f'embed.{name}'])
        columns = found['maxout.0'][:, kept * width:(kept + 1) * width]
        mix[..., index * width:(index + 1) * width] = columns.reshape(mix.shape[:-1] + (width,))
        kept += 1
    put(layers[0], 'W', mix)
    for index, node in enumerate(layers):
        if index:
            put(node, 'W', found[f'maxout.{index}'])
        put(node, 'b', found[f'maxout.{index}.b'])
    for index, node in enumerate(walk(tok2vec, 'layernorm')):
        put(node, 'G', found[f'norm.{index}'][0])
        put(node, 'b', found[f'norm.{index}'][1])
