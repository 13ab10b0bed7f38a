//! Hashes of words and features; `models/names/build.py` computes the same of words.

/// Buckets of features, as a power of two: so many that few share one. Most stay empty.
pub(crate) const BUCKET_BITS: u32 = 24;

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a word's letters.
pub(crate) fn word(text: &str) -> u64 {
    let step = |state: u64, byte: u8| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut state = text.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    state ^= state >> 32;
    state = state.wrapping_mul(ODD);
    state ^ (state >> 29)
}

/// The hash of two in this order.
pub(crate) fn join(left: u64, right: u64) -> u64 {
    (left.rotate_left(5) ^ right).wrapping_mul(ODD)
}

/// The bucket of a feature: the value that a template has.
pub(crate) fn bucket(template: u64, value: u64) -> u32 {
    let mixed = join(value ^ (value >> 31), template.wrapping_mul(0xd6e8_feb8_6659_fd93));
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(ODD);
    u32::try_from(mixed >> (64 - BUCKET_BITS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_as_the_files_have_it() {
        // Values of models/names/build.py: another function would find none of its words.
        assert_eq!(word("Tokyo"), 0x8365_433e_7ac0_07d1);
        assert_eq!(join(word("new"), word("york")), 0x6ff7_c93c_d3b7_e68d);
    }
}
