-- What the sink makes at start in the target `sqlite`.

CREATE TABLE IF NOT EXISTS stories (
    story_id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    status TEXT NOT NULL,
    signal TEXT NOT NULL,
    source_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    url TEXT,
    title TEXT,
    dateline TEXT,
    published_at TEXT,
    fetched_at TEXT NOT NULL,
    language TEXT NOT NULL,
    word_count INTEGER NOT NULL,
    text TEXT,
    not_coded TEXT,
    log_topic TEXT NOT NULL,
    log_partition INTEGER NOT NULL,
    log_offset INTEGER NOT NULL,
    result_hash TEXT,
    op TEXT,
    ingested_at TEXT,
    build TEXT,
    ontology TEXT
);

CREATE TABLE IF NOT EXISTS events (
    event_id TEXT NOT NULL,
    story_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    type TEXT NOT NULL,
    mode TEXT,
    status TEXT NOT NULL,
    source_text TEXT NOT NULL,
    source_name TEXT,
    source_code TEXT NOT NULL,
    source_sector TEXT,
    target_text TEXT,
    target_name TEXT,
    target_code TEXT,
    target_sector TEXT,
    reciprocal INTEGER NOT NULL,
    date_from TEXT,
    date_to TEXT,
    date_granularity TEXT,
    date_basis TEXT,
    place_name TEXT,
    place_country TEXT,
    place_geonames_id INTEGER,
    latitude REAL,
    longitude REAL,
    attribution TEXT,
    sentence INTEGER NOT NULL,
    sentence_text TEXT NOT NULL,
    trigger TEXT NOT NULL,
    rule TEXT NOT NULL,
    confidence REAL NOT NULL,
    act_id TEXT,
    event_key TEXT,
    cameo TEXT,
    quad TEXT,
    intensity REAL,
    contexts TEXT,
    killed INTEGER,
    injured INTEGER,
    detained INTEGER,
    crowd INTEGER,
    place_basis TEXT,
    quoted INTEGER,
    source_inferred INTEGER,
    target_inferred INTEGER,
    ontology TEXT,
    told_at TEXT,
    source_start INTEGER,
    source_end INTEGER,
    target_start INTEGER,
    target_end INTEGER,
    trigger_start INTEGER,
    trigger_end INTEGER,
    sentence_start INTEGER,
    sentence_end INTEGER,
    trace TEXT
);

CREATE INDEX IF NOT EXISTS events_of_story ON events (story_id);

CREATE INDEX IF NOT EXISTS events_by_type ON events (type, date_from);

CREATE INDEX IF NOT EXISTS events_by_time ON events (told_at);

CREATE INDEX IF NOT EXISTS events_by_country ON events (place_country, told_at);

CREATE INDEX IF NOT EXISTS events_by_source ON events (source_code, told_at);

CREATE INDEX IF NOT EXISTS events_by_target ON events (target_code, told_at);

CREATE TABLE IF NOT EXISTS mentions (
    story_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    kind TEXT,
    text TEXT NOT NULL,
    name TEXT,
    actor_code TEXT,
    actor_sector TEXT,
    place_country TEXT,
    place_geonames_id INTEGER,
    latitude REAL,
    longitude REAL,
    sentence INTEGER NOT NULL,
    span_start INTEGER NOT NULL,
    span_end INTEGER NOT NULL,
    doubt TEXT
);

CREATE INDEX IF NOT EXISTS mentions_of_story ON mentions (story_id);

CREATE TABLE IF NOT EXISTS clusters (
    story_id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    cluster_id TEXT,
    unchanged_since INTEGER,
    found_at TEXT NOT NULL,
    op TEXT,
    log_topic TEXT,
    log_partition INTEGER,
    log_offset INTEGER,
    ingested_at TEXT
);

CREATE INDEX IF NOT EXISTS stories_of_cluster ON clusters (cluster_id);

CREATE TABLE IF NOT EXISTS relations (
    story_id TEXT NOT NULL,
    other_story_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    similarity REAL NOT NULL,
    revision INTEGER
);

CREATE INDEX IF NOT EXISTS relations_of_story ON relations (story_id);

CREATE INDEX IF NOT EXISTS relations_to_story ON relations (other_story_id);

CREATE TABLE IF NOT EXISTS changes (
    story_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    status TEXT NOT NULL,
    events INTEGER NOT NULL,
    mentions INTEGER NOT NULL,
    relations INTEGER NOT NULL,
    op TEXT NOT NULL,
    log_topic TEXT NOT NULL,
    log_partition INTEGER NOT NULL,
    log_offset INTEGER NOT NULL,
    ingested_at TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS changes_of_story ON changes (story_id);

CREATE TABLE IF NOT EXISTS positions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next BIGINT NOT NULL,
    PRIMARY KEY (topic, partition)
);

CREATE TABLE IF NOT EXISTS writers (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (topic, partition)
);

CREATE TABLE IF NOT EXISTS search (
    id INTEGER PRIMARY KEY,
    story_id TEXT NOT NULL UNIQUE,
    words TEXT NOT NULL
);

CREATE VIRTUAL TABLE IF NOT EXISTS search_words USING fts5(
    words, content = 'search', content_rowid = 'id', tokenize = 'ascii', detail = 'none', columnsize = 0
);

CREATE TRIGGER IF NOT EXISTS search_added AFTER INSERT ON search BEGIN
    INSERT INTO search_words (rowid, words) VALUES (new.id, new.words);
END;

CREATE TRIGGER IF NOT EXISTS search_removed AFTER DELETE ON search BEGIN
    INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.id, old.words);
END;

CREATE VIEW events_current AS
SELECT
    events.event_id AS event_id,
    events.story_id AS story_id,
    events.revision AS revision,
    events.type AS type,
    events.mode AS mode,
    events.status AS status,
    events.source_text AS source_text,
    events.source_name AS source_name,
    events.source_code AS source_code,
    events.source_sector AS source_sector,
    events.target_text AS target_text,
    events.target_name AS target_name,
    events.target_code AS target_code,
    events.target_sector AS target_sector,
    events.reciprocal AS reciprocal,
    events.date_from AS date_from,
    events.date_to AS date_to,
    events.date_granularity AS date_granularity,
    events.date_basis AS date_basis,
    events.place_name AS place_name,
    events.place_country AS place_country,
    events.place_geonames_id AS place_geonames_id,
    events.latitude AS latitude,
    events.longitude AS longitude,
    events.attribution AS attribution,
    events.sentence AS sentence,
    events.sentence_text AS sentence_text,
    events.trigger AS trigger,
    events.rule AS rule,
    events.confidence AS confidence,
    events.act_id AS act_id,
    events.event_key AS event_key,
    events.cameo AS cameo,
    events.quad AS quad,
    events.intensity AS intensity,
    events.contexts AS contexts,
    events.killed AS killed,
    events.injured AS injured,
    events.detained AS detained,
    events.crowd AS crowd,
    events.place_basis AS place_basis,
    events.quoted AS quoted,
    events.source_inferred AS source_inferred,
    events.target_inferred AS target_inferred,
    events.ontology AS ontology,
    events.told_at AS told_at,
    events.source_start AS source_start,
    events.source_end AS source_end,
    events.target_start AS target_start,
    events.target_end AS target_end,
    events.trigger_start AS trigger_start,
    events.trigger_end AS trigger_end,
    events.sentence_start AS sentence_start,
    events.sentence_end AS sentence_end,
    events.trace AS trace,
    stories.title AS title,
    stories.url AS url,
    stories.source_id AS source_id,
    stories.published_at AS published_at
FROM events
INNER JOIN stories ON events.story_id = stories.story_id
WHERE stories.status = 'usable';

CREATE VIEW carried AS
SELECT
    clusters.cluster_id AS cluster_id,
    count(*) AS stories,
    count(DISTINCT stories.provider) AS outlets,
    min(coalesce(stories.published_at, stories.fetched_at)) AS first_at,
    max(coalesce(stories.published_at, stories.fetched_at)) AS last_at
FROM clusters
INNER JOIN stories ON clusters.story_id = stories.story_id
WHERE stories.status = 'usable' AND clusters.cluster_id IS NOT NULL
GROUP BY clusters.cluster_id;
