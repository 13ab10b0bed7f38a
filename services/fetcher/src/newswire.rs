//! An item of a newswire as a raw story: which story it is, which version, what may be done with it.

use dateline_record::{RawStory, Revision, Signal, Status, Timestamp};
use dateline_wire::Problem;
use dateline_wire::newswire::{Moment, WireFormat, WireItem, parse_in};

use crate::signals;

/// Wires tell their times in seconds: what is below one tells versions apart.
const MAX_TICK_MILLIS: u64 = 999;

/// Takes over what an item says of itself, and gives the id of its story; none where it has none.
///
/// The story is that of the provider's own id; where the item updates, corrects or kills another
/// one by a link, it is that other one's, and `item_id` keeps the item's own id.
///
/// The time of a version orders the versions of a story, since an item that replaces another one
/// by a link counts its versions anew: by number, a kill of version 4 would come before a
/// correction of version 1 under another id, or after it, and nobody could tell. Where the wire
/// gives no time, that of the file does, which is no earlier. The version's number, else the
/// item's place in the file, keeps the order of versions of one second.
pub(crate) fn take(
    story: &mut RawStory,
    format: WireFormat,
    bytes: &[u8],
    number: u64,
) -> Result<Option<String>, Problem> {
    let charset = story.charset.as_ref().map(|charset| charset.name.as_str());
    let item = parse_in(format, bytes, charset)?;
    let id = item.story_id().map(str::to_owned);
    let is_linked = item.replaced().is_some();
    let tick = item.version_number().unwrap_or(number).min(MAX_TICK_MILLIS);
    let at = time(&item).map_or(story.revision, Revision::from_time);
    story.revision = Revision(at.0.saturating_add(tick));
    take_state(story, &item);
    story.item_id = item.id.filter(|_| is_linked);
    story.provider_version = item.version;
    story.published_text =
        item.created.as_ref().or(item.published.as_ref()).map(|m| m.text.clone());
    let read = |moment: Option<&Moment>| moment.and_then(|moment| moment.at);
    story.modified_at = read(item.modified.as_ref());
    story.published_at =
        read(item.created.as_ref()).or_else(|| read(item.published.as_ref())).or(story.modified_at);
    story.title = item.title;
    story.slug = item.slug;
    story.dateline = item.dateline;
    story.authors = item.authors;
    story.ed_note = item.ed_note;
    story.language = item.language.or_else(|| story.language.take());
    Ok(id)
}

fn time(item: &WireItem) -> Option<Timestamp> {
    let moments = [&item.modified, &item.published, &item.created];
    moments.into_iter().flatten().find_map(|moment| moment.at)
}

/// Status, signal, urgency, embargo.
fn take_state(story: &mut RawStory, item: &WireItem) {
    let title = item.title.as_deref().unwrap_or_default();
    let first = item.paragraphs.first().map_or("", |paragraph| paragraph.text.as_str());
    let marked = signals::marked(title, first);
    story.signal = match (item.signal, marked) {
        (Signal::New | Signal::Update, Some(marked)) => marked,
        (Signal::New, None) => story.signal,
        (signal, _) => signal,
    };
    story.status = item.status_at(story.fetched_at);
    if story.signal == Signal::Kill && !story.status.recalls() {
        story.status = Status::Canceled;
    }
    story.embargoed_until = item.embargo.as_ref().and_then(|embargo| embargo.at);
    story.urgency = item.urgency.as_ref().and_then(|urgency| urgency.level);
    story.urgency_text = item.urgency.as_ref().map(|urgency| urgency.text.clone());
    story.is_advisory = item.is_advisory;
}
