//! One partitioner for both buses: murmur2 of the key, as Kafka's Java client has it.

use bytes::Bytes;

/// Kafka's murmur2 with its fixed seed.
pub fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    const R: u32 = 24;

    // The algorithm takes the length modulo 2^32.
    #[allow(clippy::cast_possible_truncation)]
    let mut hash = SEED ^ (data.len() as u32);
    let mut words = data.chunks_exact(4);
    for word in words.by_ref() {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        k = k.wrapping_mul(M);
        k ^= k >> R;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let tail = words.remainder();
    if !tail.is_empty() {
        for (index, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

/// The partition of a record; one without a key goes to partition 0. Of a key with a `/` only what
/// stands before it counts, so that `bbc.co.uk/world` and `bbc.co.uk/sport` have one owner.
pub fn partition_for(key: Option<&Bytes>, partitions: u32) -> u32 {
    key.map_or(0, |key| partition_of_route(route(key), partitions))
}

/// The partition of all keys that begin with `route` and a `/`, and of the key that is the route.
pub fn partition_of_route(route: &[u8], partitions: u32) -> u32 {
    (murmur2(route) & 0x7fff_ffff) % partitions.max(1)
}

fn route(key: &[u8]) -> &[u8] {
    key.split(|byte| *byte == b'/').next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_kafkas_java_client() {
        // The vectors of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
        let check = |text: &str, expected: i32| {
            assert_eq!(murmur2(text.as_bytes()), expected.cast_unsigned(), "{text}");
        };
        check("21", -973_932_308);
        check("foobar", -790_332_482);
        check("a-little-bit-long-string", -985_981_536);
        check("a-little-bit-longer-string", -1_486_304_829);
        check("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971);
        check("abc", 479_470_107);
    }

    #[test]
    fn keys_of_one_route_share_a_partition() {
        let of = |key: &'static str| partition_for(Some(&Bytes::from_static(key.as_bytes())), 64);
        assert_eq!(of("bbc.co.uk/world"), of("bbc.co.uk/sport/football"));
        assert_eq!(of("bbc.co.uk/world"), partition_of_route(b"bbc.co.uk", 64));
        assert_ne!(of("bbc.co.uk/world"), of("dw.com/world"));
    }

    #[test]
    fn every_key_has_one_partition_in_range() {
        for length in 0..100_u8 {
            let key = Bytes::from(vec![length; usize::from(length)]);
            assert!(partition_for(Some(&key), 7) < 7);
        }
        assert_eq!(partition_for(None, 7), 0);
    }
}
