//! Sitemaps: of a site, found through its robots.txt, or named; indexes followed within bounds,
//! each file asked for with its own validators; pages of the last days become stories.

mod files;

use std::borrow::Cow;
use std::io::Read;

use dateline_record::{RemoteFile, Sitemap, Timestamp, Validators};
use dateline_wire::decode::decode;
use dateline_wire::sitemap::{Entry, Kind, MAX_URLS, parse};
use regex::Regex;
use url::Url;

use super::feed::{self, conditions, validators_of};
use super::links::{Listed, fits};
use super::poll::{Asked, Failure, Poll};
use super::seen::Seen;
use crate::host::Realm;
use crate::web::{Visit, WebError};
use files::{Due, RemoteFileExt};

/// A file in which so many known pages have changed at once, and more than half of all, tells the
/// time of its own making, not that of its pages.
const MIN_MASS_CHANGE: usize = 10;

/// What is looked for in the files.
struct Search {
    pattern: Option<Regex>,
    /// What is older is left out.
    oldest: Timestamp,
    /// Whether pages without a time are new: not where nothing was seen before.
    takes_undated: bool,
}

/// Asks for the files whose turn it is, and takes their pages.
pub(super) async fn ask(poll: &mut Poll<'_>, sitemap: &Sitemap) -> Result<Asked, Failure> {
    let window = i64::from(sitemap.window_hours) * 3_600_000;
    let search = Search {
        pattern: Poll::pattern(sitemap.pattern.as_deref())?,
        oldest: Timestamp::from_millis(poll.now.as_millis().saturating_sub(window)),
        takes_undated: poll.state.last_success_at.is_some(),
    };
    let roots = roots(poll, &sitemap.url).await?;
    let mut plan = files::Plan::new(&roots, &poll.tools.config, search.oldest);
    let mut hint = None;
    let mut asked_roots = 0;
    while let Some(due) = plan.next(&poll.state.files) {
        match ask_file(poll, &due, &search).await {
            Ok(asked) => {
                hint = asked.hint.max(hint);
                asked_roots += usize::from(due.depth == 0);
            }
            Err(Failure::NotNow(wait)) if asked_roots == 0 => return Err(Failure::NotNow(wait)),
            // What is left has its turn at the next poll.
            Err(Failure::NotNow(_)) => break,
            Err(failure) if due.depth == 0 && roots.len() == 1 => return Err(failure),
            Err(Failure::Failed(what, _)) => {
                files::note(poll, &due, poll.now, |_| {});
                tracing::warn!(
                    source_id = %poll.state.source.id,
                    url = due.url,
                    error = what,
                    "sitemap could not be fetched"
                );
            }
        }
    }
    files::forget(&mut poll.state.files, &roots, poll.tools.config.max_sitemap_files);
    if asked_roots == 0 {
        return Err("url: none of the site's sitemaps could be fetched".to_owned().into());
    }
    Ok(Asked { hint, capacity: None, more: false })
}

/// The sitemaps to begin with: the one that is named, or those that the site's robots.txt names,
/// of which the ones for news where there are any.
async fn roots(poll: &mut Poll<'_>, url: &str) -> Result<Vec<String>, Failure> {
    let parsed = Url::parse(url).map_err(|error| format!("url: {url:?}: {error}"))?;
    if parsed.path() != "/" || parsed.query().is_some() {
        return Ok(vec![url.to_owned()]);
    }
    let source = poll.state.source.clone();
    let realm = Realm::new(poll.territory, &source);
    let named = match poll.tools.web.sitemaps(&parsed, &realm).await {
        Ok(named) => named,
        Err(WebError::NotNow(wait)) => return Err(Failure::NotNow(wait)),
        Err(WebError::NoRobots { host, what, wait }) => {
            let what = format!("robots.txt of {host} could not be read: {what}");
            return Err(Failure::Failed(what, Some(wait)));
        }
        Err(error) => return Err(error.to_string().into()),
    };
    let named: Vec<String> =
        named.iter().filter_map(|address| Some(parsed.join(address).ok()?.to_string())).collect();
    let is_news = |address: &&String| address.to_ascii_lowercase().contains("news");
    let news: Vec<String> = named.iter().filter(is_news).cloned().collect();
    let found = if news.is_empty() { named } else { news };
    if found.is_empty() {
        let what = format!("url: the robots.txt of {url} names no sitemap; write its address");
        return Err(what.into());
    }
    Ok(found.into_iter().take(poll.tools.config.max_sitemap_files_per_poll).collect())
}

async fn ask_file(poll: &mut Poll<'_>, due: &Due, search: &Search) -> Result<Asked, Failure> {
    let url = Url::parse(&due.url).map_err(|error| format!("{:?}: {error}", due.url))?;
    let validators = files::validators(&poll.state.files, &due.url);
    let visit = poll.get(&url, conditions(&validators), false).await?;
    let now = poll.now;
    let hint = feed::hints::of_answer(&visit.answer);
    if visit.answer.status == 304 {
        files::note(poll, due, now, |_| {});
        return Ok(Asked { hint, ..Asked::default() });
    }
    let bytes = inflate(&visit.answer.body, poll.tools.config.max_feed_bytes)?;
    let is_cut = visit.answer.truncated || bytes.len() >= poll.tools.config.max_feed_bytes;
    let text = decode(&bytes, visit.answer.header("content-type")).text;
    let sitemap = parse(&text, Some(&visit.url), MAX_URLS);
    if let (Some(problem), true) = (sitemap.problems.first(), sitemap.entries.is_empty())
        && sitemap.kind != Kind::Feed
    {
        return Err(format!("{url}: {problem}").into());
    }
    let all_taken = match sitemap.kind {
        Kind::Index => {
            files::note(poll, due, now, |file| file.take_children(sitemap.entries));
            true
        }
        Kind::Feed => poll.take_feed(&feed::parse(&poll.tools.config, &visit), &visit),
        Kind::Pages => take_pages(poll, sitemap.entries, search, &visit),
    };
    let fresh = if all_taken && !is_cut { validators_of(&visit) } else { Validators::default() };
    files::note(poll, due, now, |file| file.validators = fresh);
    Ok(Asked { hint, ..Asked::default() })
}

/// A file as it is, or what was packed into it: told by its first bytes, since names and headers
/// say one thing or the other.
pub(crate) fn inflate(bytes: &[u8], max_bytes: usize) -> Result<Cow<'_, [u8]>, String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes.into());
    }
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    let mut plain = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut plain);
    match read {
        // The first part of a broken file is better than nothing.
        Err(error) if plain.is_empty() => Err(format!("the file is no gzip: {error}")),
        _ => Ok(plain.into()),
    }
}

/// Takes the pages of a file, the oldest first; false where some must be read again.
fn take_pages(poll: &mut Poll<'_>, entries: Vec<Entry>, search: &Search, visit: &Visit) -> bool {
    let limit = poll.tools.config.max_feed_items;
    let may_be_undated = entries.len() <= limit;
    let mut pages: Vec<Listed> = entries
        .into_iter()
        .map(listed)
        .filter(|page| match page.newest() {
            Some(at) => at >= search.oldest,
            None => may_be_undated,
        })
        .filter(|page| fits(search.pattern.as_ref(), &page.url))
        .collect();
    // The newest are those that matter where there are too many.
    pages.sort_by_key(|page| std::cmp::Reverse(page.newest()));
    pages.truncate(limit);
    let mut seen = Seen::new(std::mem::take(&mut poll.state.seen));
    let is_mass_change = is_mass_change(poll, &pages, &seen);
    let room = poll.tools.config.max_seen_items.max(2 * pages.len());
    let mut all_taken = true;
    for page in pages.into_iter().rev() {
        let id = poll.id_of_link(&page);
        let is_known = seen.hash_of(&id).is_some();
        let is_old = !is_known && page.newest().is_none() && !search.takes_undated;
        if is_old || (is_known && is_mass_change) {
            seen.set(id, page.hash());
        } else {
            all_taken &= poll.take_link(page, &mut seen, visit.received_at);
        }
    }
    poll.state.seen = seen.into_items(room);
    all_taken
}

/// Whether a file gives its pages times that are not theirs.
fn is_mass_change(poll: &Poll<'_>, pages: &[Listed], seen: &Seen) -> bool {
    let known = |page: &&Listed| seen.hash_of(&poll.id_of_link(page)).is_some();
    let changed = |page: &&Listed| seen.hash_of(&poll.id_of_link(page)) != Some(&page.hash());
    let all: Vec<&Listed> = pages.iter().filter(known).collect();
    let others = all.iter().filter(|page| changed(page)).count();
    others >= MIN_MASS_CHANGE && others * 2 > all.len()
}

pub(crate) fn listed(entry: Entry) -> Listed {
    let news = entry.news.unwrap_or_default();
    Listed {
        url: entry.url,
        title: news.title,
        published_at: news.published,
        published_text: news.published_text,
        modified_at: entry.modified,
        language: news.language,
    }
}

/// What a file is remembered by.
fn new_file(url: &str, asked_at: Timestamp) -> RemoteFile {
    RemoteFile {
        url: url.to_owned(),
        validators: Validators::default(),
        modified: None,
        asked_at,
        is_index: false,
        children: Vec::new(),
    }
}
