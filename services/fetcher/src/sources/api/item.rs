//! An item of a JSON interface as a raw story.

use dateline_record::{
    Api, ApiFormat, Charset, ContentHash, FaultCode, Format, JsonFields, Payload, RawStory,
    Revision, Signal, Status, StoryId,
};
use dateline_runtime::BadInput;
use dateline_wire::json_story::{self, JsonStory};
use dateline_wire::newswire::{WireFormat, text_link};
use dateline_wire::{Problem, date};
use serde_json::value::RawValue;
use url::Url;

use super::json;
use crate::secret::Secret;
use crate::sources::poll::{Failure, Poll};
use crate::sources::seen::Seen;
use crate::web::Visit;
use crate::{newswire, signals};

/// What came of an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Taken {
    New,
    Known,
    /// It must be read again.
    NoRoom,
}

/// Takes an item over. An item that cannot be read is dead-lettered, the others go on.
pub(super) async fn take(
    poll: &mut Poll<'_>,
    (api, secret): (&Api, Option<&Secret>),
    (number, element): (usize, &RawValue),
    visit: &Visit,
    seen: &mut Seen,
) -> Result<Taken, Failure> {
    let item = json::find(element, &api.item).unwrap_or(element);
    let bytes = item.get().as_bytes();
    let hash = ContentHash::of(bytes);
    let number_in_page = u64::try_from(number).unwrap_or(u64::MAX);
    let mut story = RawStory {
        body: Payload::new(bytes),
        charset: Some(Charset { name: "UTF-8".to_owned(), basis: "utf8".to_owned() }),
        http: Some(visit.exchange()),
        ..poll.bare_story(visit.received_at)
    };
    let read = match api.format {
        ApiFormat::Ninjs => wire(&mut story, WireFormat::Ninjs, bytes, number_in_page),
        ApiFormat::Ap => wire(&mut story, WireFormat::ApMedia, bytes, number_in_page),
        ApiFormat::Json => generic(&mut story, api, item),
    };
    let id = match read {
        Ok(id) => id,
        Err(problem) => {
            bury(poll, &problem, &hash, (&visit.url, number, bytes), seen);
            return Ok(Taken::Known);
        }
    };
    story.story_id = StoryId::derive(poll.state.source.provider(), &id);
    story.provider_id = id;
    let known = seen.hash_of(&story.story_id);
    if known == Some(&hash) {
        seen.set(story.story_id, hash);
        return Ok(Taken::Known);
    }
    if known.is_some() && story.signal == Signal::New {
        story.signal = Signal::Update;
    }
    let (story_id, published_at, is_new) =
        (story.story_id.clone(), story.published_at, known.is_none());
    if !settle(poll, api, story, secret).await? {
        return Ok(Taken::NoRoom);
    }
    if is_new {
        poll.arrivals.push(published_at);
    }
    seen.set(story_id, hash);
    Ok(Taken::New)
}

/// Emits a story, or lets it wait for its page; false where there is no room.
async fn settle(
    poll: &mut Poll<'_>,
    api: &Api,
    mut story: RawStory,
    secret: Option<&Secret>,
) -> Result<bool, Failure> {
    let has_text = api.format != ApiFormat::Json
        || story
            .fields
            .as_ref()
            .is_none_or(|fields| fields.text.is_some() || fields.html.is_some());
    if !has_text && story.url.is_some() && !story.status.recalls() {
        return Ok(poll.push_pending(story));
    }
    if api.format == ApiFormat::Ap
        && !story.status.recalls()
        && let Some(link) = text_link(story.body.as_bytes())
    {
        if poll.stories.len() >= poll.tools.config.max_pages_per_poll {
            return Ok(false);
        }
        fill_text(poll, api, &mut story, (&link, secret)).await?;
    }
    poll.stories.push(story);
    Ok(true)
}

/// Puts the text of an AP item, which lies beside it, into its story.
async fn fill_text(
    poll: &mut Poll<'_>,
    api: &Api,
    story: &mut RawStory,
    (link, secret): (&str, Option<&Secret>),
) -> Result<(), Failure> {
    let Ok(url) = Url::parse(&api.url).and_then(|home| home.join(link)) else {
        return Ok(());
    };
    let status = poll.http_status;
    let got = super::get(poll, api, &url, (secret, &dateline_record::Validators::default())).await;
    let asked_status = std::mem::replace(&mut poll.http_status, status);
    match got {
        Ok(visit) => {
            story.format = Format::Nitf;
            story.charset = None;
            let (exchange, body) = visit.into_record();
            story.body = Payload::new(body);
            story.http = Some(exchange);
            Ok(())
        }
        // The item without its text is better than none where the text will never come.
        Err(Failure::Failed(what, _)) if matches!(asked_status, Some(400..=499)) => {
            tracing::warn!(
                source_id = %story.source_id,
                story_id = %story.story_id,
                error = secret.map_or_else(|| what.clone(), |secret| secret.redact(&what)),
                "text of an item cannot be had, the story is what the item says"
            );
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

fn wire(
    story: &mut RawStory,
    format: WireFormat,
    bytes: &[u8],
    number: u64,
) -> Result<String, Problem> {
    story.format = format.into();
    newswire::take(story, format, bytes, number)?
        .ok_or_else(|| Problem::bad("id", "the item has no id"))
}

/// An object whose parts the source's file names.
fn generic(story: &mut RawStory, api: &Api, item: &RawValue) -> Result<String, Problem> {
    let fields = api.fields.clone().unwrap_or_default();
    let parsed = json_story::parse_fields(item.get().as_bytes(), &fields)?;
    let id = parsed.id.clone().ok_or_else(|| {
        Problem::bad("fields.id", format!("{:?} finds no id in the item", fields.id))
    })?;
    story.format = Format::JsonStory;
    take_state(story, api, &fields, item, &parsed)?;
    take_parts(story, &fields, item, parsed);
    story.fields = Some(Box::new(fields));
    Ok(id)
}

fn take_parts(story: &mut RawStory, fields: &JsonFields, item: &RawValue, parsed: JsonStory) {
    let updated = fields.updated.as_ref().and_then(|at| json::find(item, at));
    let updated_at = updated.and_then(json::text).and_then(|text| date::parse(&text));
    story.modified_at = updated_at.map(|date| date.at);
    let version: Option<u64> = parsed.version.as_ref().and_then(|version| version.parse().ok());
    story.revision = match (version, story.modified_at) {
        (Some(version), _) => Revision(version),
        (None, Some(at)) => Revision::from_time(at),
        (None, None) => story.revision,
    };
    story.provider_version = parsed.version;
    story.published_at = parsed.published_at;
    story.published_text = parsed.published;
    story.title = Some(parsed.title).filter(|title| !title.trim().is_empty());
    story.url = parsed.url;
    story.language = parsed.language.or_else(|| story.language.take());
    story.embargoed_until = parsed.embargoed_until;
}

fn take_state(
    story: &mut RawStory,
    api: &Api,
    fields: &JsonFields,
    item: &RawValue,
    parsed: &JsonStory,
) -> Result<(), Problem> {
    let word = fields.status.as_ref().and_then(|at| json::find(item, at)).and_then(json::text);
    let given = word.map(|word| status_of(api, &word)).transpose()?;
    let text = &parsed.text[..parsed.text.floor_char_boundary(200)];
    story.signal = match given {
        Some(Status::Canceled) => Signal::Kill,
        _ => signals::marked(&parsed.title, text).unwrap_or(Signal::New),
    };
    let is_embargoed = parsed.embargoed_until.is_some_and(|until| until > story.fetched_at);
    story.status = match given {
        _ if story.signal == Signal::Kill => Status::Canceled,
        Some(Status::Usable) | None if is_embargoed => Status::Embargoed,
        Some(status) => status,
        None => Status::Usable,
    };
    Ok(())
}

/// What a word for a status means. One that is not known may mean that the story must not be used.
fn status_of(api: &Api, word: &str) -> Result<Status, Problem> {
    let word = word.trim();
    let named = api.statuses.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    if let Some((_, status)) = named {
        return Ok(*status);
    }
    serde_json::from_value(serde_json::Value::from(word.to_ascii_lowercase())).map_err(|_| {
        let what = format!("{word:?} is no known status; say what it means in [statuses]");
        Problem::bad("fields.status", what)
    })
}

/// Dead-letters an item, once.
fn bury(
    poll: &mut Poll<'_>,
    problem: &Problem,
    hash: &ContentHash,
    (url, number, bytes): (&Url, usize, &[u8]),
    seen: &mut Seen,
) {
    let id = StoryId::derive(poll.state.source.id.as_str(), &format!("unread:{hash}"));
    if seen.hash_of(&id).is_none() {
        let place = format!("{url} item {}", number + 1);
        let what = format!("{place}: {problem}");
        let limit = poll.tools.config.max_body_bytes;
        let bytes = bytes[..bytes.len().min(limit)].to_vec();
        let code: FaultCode = problem.code;
        poll.dead.push(BadInput { place, code, what, bytes });
    }
    seen.set(id, hash.clone());
}
