//! Bytes to text: which encoding a document is in, what decided it, and the text.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use dateline_record::Charset;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes at the start of a document in which a declaration is looked for.
const DECLARATION_WINDOW_BYTES: usize = 4096;

/// A document's text and how it was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding and what decided it.
    pub charset: Charset,
    /// Whether some bytes were no text in that encoding and became U+FFFD.
    pub lossy: bool,
}

/// Decodes a document. `content_type` is the HTTP header, where there is one.
///
/// The order is: byte order mark, HTTP charset, declaration in the document, UTF-8, guess. What
/// is declared and does not fit gives way to UTF-8 where the bytes are UTF-8 beyond ASCII, since
/// wrong declarations are common and valid UTF-8 by accident is not.
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return with(encoding, "bom", &bytes[mark..]);
    }
    if let Some(text) = utf32(bytes) {
        return text;
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return with(encoding, "guess", bytes);
    }
    let declared = declared(bytes, content_type);
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    if let Some((encoding, basis)) = declared {
        let doubtful = is_utf8 && encoding != UTF_8 && !bytes.is_ascii();
        if !doubtful && let Some(decoded) = strictly(encoding, basis, bytes) {
            return decoded;
        }
    }
    if is_utf8 {
        return with(UTF_8, "utf8", bytes);
    }
    if let Some((encoding, basis)) = declared
        && encoding == UTF_8
        && mostly_utf8(bytes)
    {
        return with(encoding, basis, bytes);
    }
    with(guess(bytes), "guess", bytes)
}

fn declared(bytes: &[u8], content_type: Option<&str>) -> Option<(&'static Encoding, &'static str)> {
    let http = content_type.and_then(charset_of_content_type).and_then(encoding_named);
    if let Some(encoding) = http {
        return Some((encoding, "http"));
    }
    let window = &bytes[..bytes.len().min(DECLARATION_WINDOW_BYTES)];
    let encoding = xml_declaration(window).or_else(|| html_meta(window))?;
    // A declaration that could be read as ASCII cannot be in UTF-16 (HTML, section 13.2.3.2).
    let is_utf16 = encoding == UTF_16LE || encoding == UTF_16BE;
    Some((if is_utf16 { UTF_8 } else { encoding }, "declaration"))
}

fn encoding_named(name: &str) -> Option<&'static Encoding> {
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    Encoding::for_label(name.as_bytes())
}

/// The `charset` parameter of a `Content-Type`.
fn charset_of_content_type(header: &str) -> Option<&str> {
    header.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })
}

fn xml_declaration(window: &[u8]) -> Option<&'static Encoding> {
    let start = window.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let rest = window[start..].strip_prefix(b"<?xml")?;
    let end = rest.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(&rest[..end]).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| "\"'".contains(*c))?;
    encoding_named(value[1..].split(quote).next()?)
}

/// `charset=…` within a `<meta` element: both the short and the `http-equiv` form.
fn html_meta(window: &[u8]) -> Option<&'static Encoding> {
    let text = String::from_utf8_lossy(window).to_ascii_lowercase();
    text.split("<meta").skip(1).find_map(|element| {
        let element = element.split('>').next()?;
        let (_, value) = element.split_once("charset")?;
        let value = value.trim_start().strip_prefix('=')?.trim_start();
        let value = value.trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| "\"'; /".contains(c)).unwrap_or(value.len());
        encoding_named(&value[..end])
    })
}

fn strictly(encoding: &'static Encoding, basis: &str, bytes: &[u8]) -> Option<Decoded> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let charset = charset(encoding, basis);
    Some(Decoded { text: text.into_owned(), charset, lossy: false })
}

fn with(encoding: &'static Encoding, basis: &str, bytes: &[u8]) -> Decoded {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), charset: charset(encoding, basis), lossy }
}

fn charset(encoding: &'static Encoding, basis: &str) -> Charset {
    Charset { name: encoding.name().to_owned(), basis: basis.to_owned() }
}

/// Whether the document is UTF-8 but for at most one byte in a hundred, as a cut or damaged one.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let broken: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    broken * 100 <= bytes.len()
}

/// UTF-16 of a Latin script shows as a zero in every other byte.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b'<', 0, ..] => Some(UTF_16BE),
        [b'<', 0, second, 0, ..] if *second != 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// UTF-32, which browsers do not know: by its mark, or by how `<` is written in it.
fn utf32(bytes: &[u8]) -> Option<Decoded> {
    let (big_endian, basis, skip) = match bytes {
        [0, 0, 0xfe, 0xff, ..] => (true, "bom", 4),
        [0xff, 0xfe, 0, 0, ..] => (false, "bom", 4),
        [0, 0, 0, b'<', ..] => (true, "guess", 0),
        [b'<', 0, 0, 0, ..] => (false, "guess", 0),
        _ => return None,
    };
    let mut lossy = false;
    let unit = |quad: &[u8]| {
        let quad = [quad[0], quad[1], quad[2], quad[3]];
        if big_endian { u32::from_be_bytes(quad) } else { u32::from_le_bytes(quad) }
    };
    let text = bytes[skip..].chunks_exact(4).map(|quad| {
        char::from_u32(unit(quad)).unwrap_or_else(|| {
            lossy = true;
            char::REPLACEMENT_CHARACTER
        })
    });
    let text = text.collect();
    let name = if big_endian { "utf-32be" } else { "utf-32le" };
    let charset = Charset { name: name.to_owned(), basis: basis.to_owned() };
    Some(Decoded { text, charset, lossy })
}

/// Bytes from which an encoding is guessed: more tell no more, and a guess is slower than all else.
const MAX_GUESS_BYTES: usize = 64 * 1024;

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    // What is ASCII tells nothing, but for the escapes of ISO-2022-JP.
    let telling = bytes.iter().position(|byte| !byte.is_ascii() || *byte == 0x1b).unwrap_or(0);
    let window = &bytes[telling..];
    detector.feed(&window[..window.len().min(MAX_GUESS_BYTES)], true);
    let encoding = detector.guess(None, Utf8Detection::Allow);
    if encoding == UTF_8 { WINDOWS_1252 } else { encoding }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decides_in_order() {
        let check = |bytes: &[u8], header: Option<&str>, text: &str, name: &str, basis: &str| {
            let decoded = decode(bytes, header);
            assert_eq!(decoded.text, text);
            assert_eq!(
                (decoded.charset.name.as_str(), decoded.charset.basis.as_str()),
                (name, basis)
            );
        };
        check(b"\xef\xbb\xbf\xc3\xa9", Some("text/xml; charset=latin1"), "é", "UTF-8", "bom");
        check(b"\xe9", Some("text/html; charset=\"ISO-8859-1\""), "é", "windows-1252", "http");
        check(
            b"<?xml version='1.0' encoding='koi8-r'?>\xc1",
            None,
            "<?xml version='1.0' encoding='koi8-r'?>а",
            "KOI8-R",
            "declaration",
        );
        check(
            b"<meta charset=shift_jis>\x82\xa0",
            None,
            "<meta charset=shift_jis>あ",
            "Shift_JIS",
            "declaration",
        );
        check(
            b"<meta http-equiv=x content='text/html; charset=euc-kr'>\xb0\xa1",
            None,
            "<meta http-equiv=x content='text/html; charset=euc-kr'>가",
            "EUC-KR",
            "declaration",
        );
        check("é".as_bytes(), None, "é", "UTF-8", "utf8");
        // A declaration that the bytes disprove.
        check("né".as_bytes(), Some("text/html; charset=iso-8859-1"), "né", "UTF-8", "utf8");
        check(
            b"caf\xe9 au lait",
            Some("text/html; charset=utf-8"),
            "café au lait",
            "windows-1252",
            "guess",
        );
        check(b"\0<\0a", None, "<a", "UTF-16BE", "guess");
        check(b"<\0\0\0a\0\0\0", None, "<a", "utf-32le", "guess");
        check(b"", None, "", "UTF-8", "utf8");
    }

    #[test]
    fn a_few_broken_bytes_do_not_change_the_charset() {
        let mut bytes = "é".repeat(200).into_bytes();
        bytes.push(0xc3);
        let decoded = decode(&bytes, Some("text/html; charset=utf-8"));
        assert!(decoded.lossy && decoded.text.starts_with('é'));
        assert_eq!(decoded.charset.name, "UTF-8");
    }
}
