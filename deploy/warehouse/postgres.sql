-- What the sink makes at start in the target `postgres`.

CREATE TABLE IF NOT EXISTS stories (
    story_id text NOT NULL UNIQUE,
    revision bigint NOT NULL,
    status text NOT NULL,
    signal text NOT NULL,
    source_id text NOT NULL,
    provider text NOT NULL,
    url text,
    title text,
    dateline text,
    published_at timestamptz,
    fetched_at timestamptz NOT NULL,
    language text NOT NULL,
    word_count bigint NOT NULL,
    text text,
    not_coded text,
    log_topic text NOT NULL,
    log_partition bigint NOT NULL,
    log_offset bigint NOT NULL,
    result_hash text,
    op text,
    ingested_at timestamptz,
    build text,
    ontology text
);

CREATE TABLE IF NOT EXISTS events (
    event_id text NOT NULL,
    story_id text NOT NULL,
    revision bigint NOT NULL,
    type text NOT NULL,
    mode text,
    status text NOT NULL,
    source_text text NOT NULL,
    source_name text,
    source_code text NOT NULL,
    source_sector text,
    target_text text,
    target_name text,
    target_code text,
    target_sector text,
    reciprocal boolean NOT NULL,
    date_from date,
    date_to date,
    date_granularity text,
    date_basis text,
    place_name text,
    place_country text,
    place_geonames_id bigint,
    latitude double precision,
    longitude double precision,
    attribution text,
    sentence bigint NOT NULL,
    sentence_text text NOT NULL,
    trigger text NOT NULL,
    rule text NOT NULL,
    confidence double precision NOT NULL,
    act_id text,
    event_key text,
    cameo text,
    quad text,
    intensity double precision,
    contexts text,
    killed bigint,
    injured bigint,
    detained bigint,
    crowd bigint,
    place_basis text,
    quoted boolean,
    source_inferred boolean,
    target_inferred boolean,
    ontology text,
    told_at timestamptz,
    source_start bigint,
    source_end bigint,
    target_start bigint,
    target_end bigint,
    trigger_start bigint,
    trigger_end bigint,
    sentence_start bigint,
    sentence_end bigint,
    trace text
);

CREATE INDEX IF NOT EXISTS events_of_story ON events (story_id);

CREATE INDEX IF NOT EXISTS events_by_type ON events (type, date_from);

CREATE INDEX IF NOT EXISTS events_by_time ON events (told_at);

CREATE INDEX IF NOT EXISTS events_by_country ON events (place_country, told_at);

CREATE INDEX IF NOT EXISTS events_by_source ON events (source_code, told_at);

CREATE INDEX IF NOT EXISTS events_by_target ON events (target_code, told_at);

CREATE TABLE IF NOT EXISTS mentions (
    story_id text NOT NULL,
    revision bigint NOT NULL,
    kind text,
    text text NOT NULL,
    name text,
    actor_code text,
    actor_sector text,
    place_country text,
    place_geonames_id bigint,
    latitude double precision,
    longitude double precision,
    sentence bigint NOT NULL,
    span_start bigint NOT NULL,
    span_end bigint NOT NULL,
    doubt text
);

CREATE INDEX IF NOT EXISTS mentions_of_story ON mentions (story_id);

CREATE TABLE IF NOT EXISTS clusters (
    story_id text NOT NULL UNIQUE,
    revision bigint NOT NULL,
    cluster_id text,
    unchanged_since bigint,
    found_at timestamptz NOT NULL,
    op text,
    log_topic text,
    log_partition bigint,
    log_offset bigint,
    ingested_at timestamptz
);

CREATE INDEX IF NOT EXISTS stories_of_cluster ON clusters (cluster_id);

CREATE TABLE IF NOT EXISTS relations (
    story_id text NOT NULL,
    other_story_id text NOT NULL,
    kind text NOT NULL,
    similarity double precision NOT NULL,
    revision bigint
);

CREATE INDEX IF NOT EXISTS relations_of_story ON relations (story_id);

CREATE INDEX IF NOT EXISTS relations_to_story ON relations (other_story_id);

CREATE TABLE IF NOT EXISTS changes (
    story_id text NOT NULL,
    revision bigint NOT NULL,
    status text NOT NULL,
    events bigint NOT NULL,
    mentions bigint NOT NULL,
    relations bigint NOT NULL,
    op text NOT NULL,
    log_topic text NOT NULL,
    log_partition bigint NOT NULL,
    log_offset bigint NOT NULL,
    ingested_at timestamptz NOT NULL
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
    story_id text NOT NULL PRIMARY KEY,
    words tsvector NOT NULL
);

CREATE INDEX IF NOT EXISTS search_words ON search USING gin (words);

CREATE OR REPLACE VIEW events_current AS
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

CREATE OR REPLACE VIEW carried AS
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
