//! What a provider delivered, read like a file of a folder.

use dateline_record::{Delivery, FetchState, RawStory};
use dateline_runtime::BadInput;

use super::files::File;
use super::item::{Origin, Template};
use super::open::Memory;
use crate::Tools;

/// The stories of a delivery, and what is none.
pub(crate) fn read(
    tools: &Tools,
    state: &FetchState,
    delivery: &Delivery,
) -> (Vec<RawStory>, Vec<BadInput>) {
    let file = File::delivered(&state.source.id);
    let bytes = delivery.body.as_bytes().to_vec();
    let memory = match Memory::of(&file, bytes, tools.config.max_file_bytes) {
        Ok(memory) => memory,
        Err(bad) => return (Vec::new(), vec![bad]),
    };
    let template = Template::new(tools, &state.source);
    let (mut stories, mut dead) = (Vec::new(), Vec::new());
    let mut number = 0;
    while let Some(step) = memory.step(number) {
        let origin = Origin {
            file: &file,
            number,
            is_changed: false,
            charset: step.charset,
            place: step.place,
            now: delivery.received_at,
            revised_at: state.version_time(delivery.received_at),
        };
        match template.story(step.format, &step.found, &origin, tools.config.max_body_bytes) {
            Ok(story) => stories.push(story),
            Err(bad) => dead.push(bad),
        }
        number = step.next;
    }
    (stories, dead)
}
