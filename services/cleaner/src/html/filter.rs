//! The news filter: which blocks of a candidate are the story.

use std::collections::HashSet;

use super::walk;
use crate::{
    Config,
    draft::{Block, Draft},
    furniture, repair,
};

/// Keeps the story's blocks as paragraphs and notes the others with a reason.
pub(crate) fn keep(draft: &mut Draft, blocks: Vec<walk::Block>, config: &Config) {
    let title = repair::key(&draft.title);
    let mut seen = HashSet::new();
    let mut kept: Vec<(Block, bool)> = Vec::new();
    for found in blocks {
        let key = repair::key(&found.text);
        let reason = reason(&found, config)
            .or_else(|| (!title.is_empty() && key == title).then_some("repeated_title"))
            .or_else(|| (!seen.insert(key) && found.text.len() > 20).then_some("repeated"));
        let block = Block::new(found.text.clone());
        match reason {
            Some(reason) => draft.remove(reason, &block),
            None => kept.push((block, found.is_heading)),
        }
    }
    drop_trailing(draft, &mut kept, config);
    draft.paragraphs = kept.into_iter().map(|(block, _)| block).collect();
}

fn reason(found: &walk::Block, config: &Config) -> Option<&'static str> {
    let text = &found.text;
    let chars = weight(text);
    if let Some(reason) = furniture::reason(text) {
        return Some(reason);
    }
    // The shares are rough.
    #[allow(clippy::cast_precision_loss)]
    let share = found.link_chars as f64 / text.len().max(1) as f64;
    if share > config.max_link_share && chars < config.short_block_chars {
        return Some("links");
    }
    if found.is_heading {
        return Some("heading");
    }
    let is_fragment = chars < config.fragment_chars && !ends_sentence(text);
    is_fragment.then_some("fragment")
}

/// A story does not end on headings or on words that are no sentence.
fn drop_trailing(draft: &mut Draft, kept: &mut Vec<(Block, bool)>, config: &Config) {
    while let Some((last, is_heading)) = kept.last() {
        let is_short = weight(&last.text) < config.short_block_chars / 2;
        if kept.len() < 2 || !(*is_heading || is_short && !ends_sentence(&last.text)) {
            break;
        }
        let block = last.clone();
        draft.remove("trailing", &block);
        kept.pop();
    }
}

/// Characters, with those of the dense scripts counted twice.
fn weight(text: &str) -> usize {
    text.chars().map(|c| if is_dense(c) { 2 } else { 1 }).sum()
}

fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

fn ends_sentence(text: &str) -> bool {
    let end = text.trim_end_matches(['"', '”', '“', '\'', '’', '»', '«', ')', ' ', '」', ']']);
    end.ends_with(['.', '!', '?', '…', '。', '！', '？', ':', '।', '؟'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(text: &str) -> walk::Block {
        walk::Block { text: text.to_owned(), is_paragraph: true, ..walk::Block::default() }
    }

    #[test]
    fn keeps_the_story() {
        let linked = walk::Block { link_chars: 30, ..paragraph("Ministers meet again in Berlin") };
        let blocks = vec![
            paragraph("Ministers meet"),
            paragraph("The ministers met in the capital on Tuesday."),
            linked,
            paragraph("Photo desk"),
            paragraph("They will meet again next week, officials said."),
            paragraph("The ministers met in the capital on Tuesday."),
            paragraph("More stories of the day from the capital"),
        ];
        let mut draft = Draft { title: "Ministers meet".to_owned(), ..Draft::default() };
        keep(&mut draft, blocks, &crate::finish::tests::config());
        assert_eq!(draft.paragraphs.len(), 2);
        let reasons: Vec<&str> =
            draft.removed.iter().map(|removed| removed.reason.as_str()).collect();
        assert_eq!(reasons, ["fragment", "links", "fragment", "repeated", "trailing"]);
    }
}
