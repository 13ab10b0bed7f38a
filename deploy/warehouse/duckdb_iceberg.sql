-- duckdb over the target `iceberg`: what is current. Before it say where the catalog is;
-- another namespace than `dateline` is to be written in its place:
--     ATTACH '' AS lake (TYPE iceberg, ENDPOINT 'https://...', TOKEN '...');

CREATE OR REPLACE VIEW stories_log AS
SELECT
    story_id,
    revision,
    status,
    signal,
    source_id,
    provider,
    url,
    title,
    dateline,
    published_at,
    fetched_at,
    language,
    word_count,
    text,
    not_coded,
    log_topic,
    log_partition,
    log_offset,
    result_hash,
    op,
    ingested_at,
    build,
    ontology
FROM lake.dateline.stories_log;

CREATE OR REPLACE VIEW events_log AS
SELECT
    event_id,
    story_id,
    revision,
    type,
    mode,
    status,
    source_text,
    source_name,
    source_code,
    source_sector,
    target_text,
    target_name,
    target_code,
    target_sector,
    reciprocal,
    date_from,
    date_to,
    date_granularity,
    date_basis,
    place_name,
    place_country,
    place_geonames_id,
    latitude,
    longitude,
    attribution,
    sentence,
    sentence_text,
    trigger,
    rule,
    confidence,
    act_id,
    event_key,
    cameo,
    quad,
    intensity,
    contexts,
    killed,
    injured,
    detained,
    crowd,
    place_basis,
    quoted,
    source_inferred,
    target_inferred,
    ontology,
    told_at,
    source_start,
    source_end,
    target_start,
    target_end,
    trigger_start,
    trigger_end,
    sentence_start,
    sentence_end,
    trace,
    op,
    log_topic,
    log_partition,
    log_offset,
    ingested_at
FROM lake.dateline.events_log;

CREATE OR REPLACE VIEW mentions_log AS
SELECT
    story_id,
    revision,
    kind,
    text,
    name,
    actor_code,
    actor_sector,
    place_country,
    place_geonames_id,
    latitude,
    longitude,
    sentence,
    span_start,
    span_end,
    doubt,
    op,
    log_topic,
    log_partition,
    log_offset,
    ingested_at
FROM lake.dateline.mentions_log;

CREATE OR REPLACE VIEW clusters_log AS
SELECT
    story_id,
    revision,
    cluster_id,
    unchanged_since,
    found_at,
    op,
    log_topic,
    log_partition,
    log_offset,
    ingested_at
FROM lake.dateline.clusters_log;

CREATE OR REPLACE VIEW relations_log AS
SELECT
    story_id,
    other_story_id,
    kind,
    similarity,
    revision,
    op,
    log_topic,
    log_partition,
    log_offset,
    ingested_at
FROM lake.dateline.relations_log;

CREATE OR REPLACE VIEW stories AS
SELECT
    story_id,
    revision,
    status,
    signal,
    source_id,
    provider,
    url,
    title,
    dateline,
    published_at,
    fetched_at,
    language,
    word_count,
    text,
    not_coded,
    log_topic,
    log_partition,
    log_offset,
    result_hash,
    op,
    ingested_at,
    build,
    ontology
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY story_id ORDER BY revision DESC, log_offset DESC
        ) AS version_rank
    FROM stories_log
) AS ranked
WHERE version_rank = 1;

CREATE OR REPLACE VIEW clusters AS
SELECT
    story_id,
    revision,
    cluster_id,
    unchanged_since,
    found_at,
    op,
    log_topic,
    log_partition,
    log_offset,
    ingested_at
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY story_id ORDER BY revision DESC, log_offset DESC
        ) AS version_rank
    FROM clusters_log
) AS ranked
WHERE version_rank = 1;

CREATE OR REPLACE VIEW events AS
SELECT
    part.event_id AS event_id,
    part.story_id AS story_id,
    part.revision AS revision,
    part.type AS type,
    part.mode AS mode,
    part.status AS status,
    part.source_text AS source_text,
    part.source_name AS source_name,
    part.source_code AS source_code,
    part.source_sector AS source_sector,
    part.target_text AS target_text,
    part.target_name AS target_name,
    part.target_code AS target_code,
    part.target_sector AS target_sector,
    part.reciprocal AS reciprocal,
    part.date_from AS date_from,
    part.date_to AS date_to,
    part.date_granularity AS date_granularity,
    part.date_basis AS date_basis,
    part.place_name AS place_name,
    part.place_country AS place_country,
    part.place_geonames_id AS place_geonames_id,
    part.latitude AS latitude,
    part.longitude AS longitude,
    part.attribution AS attribution,
    part.sentence AS sentence,
    part.sentence_text AS sentence_text,
    part.trigger AS trigger,
    part.rule AS rule,
    part.confidence AS confidence,
    part.act_id AS act_id,
    part.event_key AS event_key,
    part.cameo AS cameo,
    part.quad AS quad,
    part.intensity AS intensity,
    part.contexts AS contexts,
    part.killed AS killed,
    part.injured AS injured,
    part.detained AS detained,
    part.crowd AS crowd,
    part.place_basis AS place_basis,
    part.quoted AS quoted,
    part.source_inferred AS source_inferred,
    part.target_inferred AS target_inferred,
    part.ontology AS ontology,
    part.told_at AS told_at,
    part.source_start AS source_start,
    part.source_end AS source_end,
    part.target_start AS target_start,
    part.target_end AS target_end,
    part.trigger_start AS trigger_start,
    part.trigger_end AS trigger_end,
    part.sentence_start AS sentence_start,
    part.sentence_end AS sentence_end,
    part.trace AS trace
FROM events_log AS part
INNER JOIN stories AS whole
    ON part.story_id = whole.story_id
    AND part.revision = whole.revision
    AND part.log_offset = whole.log_offset;

CREATE OR REPLACE VIEW mentions AS
SELECT
    part.story_id AS story_id,
    part.revision AS revision,
    part.kind AS kind,
    part.text AS text,
    part.name AS name,
    part.actor_code AS actor_code,
    part.actor_sector AS actor_sector,
    part.place_country AS place_country,
    part.place_geonames_id AS place_geonames_id,
    part.latitude AS latitude,
    part.longitude AS longitude,
    part.sentence AS sentence,
    part.span_start AS span_start,
    part.span_end AS span_end,
    part.doubt AS doubt
FROM mentions_log AS part
INNER JOIN stories AS whole
    ON part.story_id = whole.story_id
    AND part.revision = whole.revision
    AND part.log_offset = whole.log_offset;

CREATE OR REPLACE VIEW relations AS
SELECT
    part.story_id AS story_id,
    part.other_story_id AS other_story_id,
    part.kind AS kind,
    part.similarity AS similarity,
    part.revision AS revision
FROM relations_log AS part
INNER JOIN clusters AS whole
    ON part.story_id = whole.story_id
    AND part.revision = whole.revision
    AND part.log_offset = whole.log_offset;

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
