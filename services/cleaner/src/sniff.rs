//! Refuses bytes that are no text before time is spent on decoding them.

use dateline_record::{FaultCode, Format};
use dateline_runtime::Fault;

use crate::{Config, html};

/// So many control characters are no reason to refuse a document, however short.
const FEW_CONTROLS: usize = 64;
/// One byte in so many may be a control character.
const MIN_BYTES_A_CONTROL: usize = 20;

/// Refuses a document that is binary, or a page that is too large whatever its charset.
pub(crate) fn check(bytes: &[u8], format: Format, config: &Config) -> Result<(), Fault> {
    if is_wide(bytes) {
        return Ok(());
    }
    let controls = bytes.iter().filter(|byte| is_control(**byte)).count();
    if controls > FEW_CONTROLS && controls * MIN_BYTES_A_CONTROL > bytes.len() {
        let what = format!(
            "body: no text, {controls} of {} bytes are control characters; name its format",
            bytes.len()
        );
        return Err(Fault::poison(FaultCode::BadDocument, what));
    }
    let is_page = matches!(format, Format::Html | Format::HtmlFragment);
    // An escape announces charsets whose letters look like markup.
    if is_page && bytes.len() > config.max_text_bytes && !bytes.contains(&0x1b) {
        return html::check_bytes(bytes, config);
    }
    Ok(())
}

/// UTF-16 and UTF-32 have zeros between their letters.
fn is_wide(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4)];
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 0, 0xfe, 0xff])
        || head.contains(&b'<') && head.contains(&0)
}

/// What stands in no text; white space and escapes do.
fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_text() {
        let config = crate::finish::tests::config();
        let code = |bytes: &[u8]| match check(bytes, Format::Html, &config) {
            Err(Fault::Poison { code, .. }) => Some(code),
            _ => None,
        };
        let check = |bytes: &[u8], expected| assert_eq!(code(bytes), expected);
        check(b"<p>They met.", None);
        check(&[0; 100], Some(FaultCode::BadDocument));
        check(&vec![0xff; 2 << 20], Some(FaultCode::TooLarge));
        check(&[0xff; 1000], None);
        check(b"They \x05met\x07.", None);
        let wide: Vec<u8> = "<p>They met.".repeat(50).bytes().flat_map(|b| [b, 0]).collect();
        check(&wide, None);
        check(&[&[0xff, 0xfe], &wide[..]].concat(), None);
    }
}
