-- The warehouse in SQLite. Rowid tables: a random text key WITHOUT ROWID is three times slower.

-- One row for each story, in its newest revision; a killed one keeps no text.
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
    -- Hash of text, mentions and events: a revision with the same hash leaves their rows untouched.
    result_hash TEXT
);

-- One row for each event of a story's newest revision; `revision` is the first that gave the row.
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
    confidence REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_story ON events (story_id);
CREATE INDEX IF NOT EXISTS events_by_type ON events (type, date_from);

-- One row for each name in a story's newest revision; `revision` is the first that gave the row.
CREATE TABLE IF NOT EXISTS mentions (
    story_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    kind TEXT NOT NULL,
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
    span_end INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS mentions_of_story ON mentions (story_id);

-- One row for each story: all stories with one cluster_id are one story told by many. It is null
-- where the story was taken back. unchanged_since: the revision that said the same.
CREATE TABLE IF NOT EXISTS clusters (
    story_id TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    cluster_id TEXT,
    unchanged_since INTEGER,
    found_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS stories_of_cluster ON clusters (cluster_id);

-- One row for each pair: the story, one that was there before it, and how they belong together:
-- exact, republished, revision or derived.
CREATE TABLE IF NOT EXISTS relations (
    story_id TEXT NOT NULL,
    other_story_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    similarity REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS relations_of_story ON relations (story_id);
CREATE INDEX IF NOT EXISTS relations_to_story ON relations (other_story_id);

-- The next offset to write of each partition, changed in the transaction of the rows.
CREATE TABLE IF NOT EXISTS positions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- The events of stories that may be used, with what a reader wants to know of the story.
CREATE VIEW IF NOT EXISTS events_current AS
SELECT
    events.*,
    stories.title,
    stories.url,
    stories.source_id,
    stories.published_at
FROM events
INNER JOIN stories ON events.story_id = stories.story_id
WHERE stories.status = 'usable';

-- How many stories and outlets carry what one cluster tells, and from when to when.
CREATE VIEW IF NOT EXISTS carried AS
SELECT
    clusters.cluster_id,
    count(*) AS stories,
    count(DISTINCT stories.provider) AS outlets,
    min(coalesce(stories.published_at, stories.fetched_at)) AS first_at,
    max(coalesce(stories.published_at, stories.fetched_at)) AS last_at
FROM clusters
INNER JOIN stories ON clusters.story_id = stories.story_id
WHERE stories.status = 'usable' AND clusters.cluster_id IS NOT NULL
GROUP BY clusters.cluster_id;
