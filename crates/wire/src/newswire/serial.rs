//! The number of a message on its wire: agencies count what they send on each service, so a number that
//! is passed over is a message that did not arrive.

use super::{WireFormat, telegram};
use crate::decode::decode;

/// The number of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Serial {
    /// The service that counts: `bsp` of `bsp0123`.
    pub service: String,
    /// The number: 123.
    pub number: u32,
    /// Numbers that the service has before it begins anew: 10,000.
    pub of: u32,
}

/// What the header of a message of ANPA 1312 or IPTC 7901 begins with; other formats do not count.
pub fn serial(format: WireFormat, bytes: &[u8]) -> Option<Serial> {
    if !matches!(format, WireFormat::Anpa1312 | WireFormat::Iptc7901) {
        return None;
    }
    let text = decode(bytes, None).text;
    let line =
        telegram::lines(telegram::parts(&text).header).find(|line| !line.trim().is_empty())?;
    read(line.split_whitespace().next()?)
}

fn read(word: &str) -> Option<Serial> {
    let at = word.find(|c: char| c.is_ascii_digit())?;
    let (service, digits) = word.split_at(at);
    let is_service = (1..=4).contains(&service.len()) && service.chars().all(char::is_alphabetic);
    let is_number = (3..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number = digits.parse().ok().filter(|_| is_service && is_number)?;
    let of = 10_u32.pow(u32::try_from(digits.len()).ok()?);
    Some(Serial { service: service.to_lowercase(), number, of })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_number_of_a_message() {
        let check = |format, text: &str, expected: Option<(&str, u32, u32)>| {
            let found = serial(format, text.as_bytes());
            let found = found.as_ref().map(|it| (it.service.as_str(), it.number, it.of));
            assert_eq!(found, expected, "{text:?}");
        };
        let iptc = WireFormat::Iptc7901;
        check(iptc, "\u{1}\r\nabc062 4 i 211 dpa 0345\r\n\u{2}x\u{3}", Some(("abc", 62, 1_000)));
        check(iptc, "\u{16}\u{16}\u{1}BSP9999 3 pol\r\n\u{2}", Some(("bsp", 9_999, 10_000)));
        check(
            WireFormat::Anpa1312,
            "\u{1}a0123\r\nu i BC-EU  11-13 0895\r\n\u{2}",
            Some(("a", 123, 10_000)),
        );
        check(WireFormat::Anpa1312, "\u{1}u i BC-EU  11-13 0895\r\n\u{2}", None);
        check(iptc, "\u{1}abc12 4 i\r\n\u{2}", None);
        check(iptc, "", None);
        check(WireFormat::Nitf, "abc0623", None);
    }
}
