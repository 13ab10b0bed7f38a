//! The bytes of one batch of records: varint framing, zstd where it pays, a checksum.

use bytes::{Buf, Bytes};

use crate::{BusError, Record, Result};

/// Batches below this size are stored plain: zstd's frame would eat what it saves.
const PLAIN_BELOW_BYTES: usize = 256;

/// zstd's fastest level: the engine must keep up with the disk on one core.
const ZSTD_LEVEL: i32 = 1;

/// No batch is larger: one record at its bound and its framing, with room to spare.
const MAX_PLAIN_BYTES: usize = 4 * crate::MAX_RECORD_BYTES;

/// How the bytes of a batch are stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Codec {
    Plain = 0,
    Zstd = 1,
}

/// A batch that is ready to be stored.
pub(super) struct Encoded {
    pub(super) codec: Codec,
    pub(super) plain_bytes: usize,
    pub(super) data: Vec<u8>,
    pub(super) checksum: u32,
}

/// A batch as it was stored.
pub(super) struct Stored {
    pub(super) codec: i64,
    pub(super) plain_bytes: usize,
    pub(super) data: Vec<u8>,
    pub(super) checksum: u32,
}

/// Encodes a batch of records.
pub(super) fn encode(records: &[Record]) -> Encoded {
    let mut plain = Vec::with_capacity(records.iter().map(|record| record.size() + 24).sum());
    for record in records {
        put_record(&mut plain, record);
    }
    let plain_bytes = plain.len();
    let packed = (plain_bytes >= PLAIN_BELOW_BYTES)
        .then(|| zstd::bulk::compress(&plain, ZSTD_LEVEL).ok())
        .flatten()
        .filter(|packed| packed.len() < plain_bytes / 10 * 9);
    let (codec, data) = packed.map_or((Codec::Plain, plain), |packed| (Codec::Zstd, packed));
    let checksum = crc32fast::hash(&data);
    Encoded { codec, plain_bytes, data, checksum }
}

/// Decodes a batch; damage is `Corrupt`, never a wrong record.
pub(super) fn decode(stored: Stored) -> Result<Vec<Record>> {
    if crc32fast::hash(&stored.data) != stored.checksum {
        return Err(corrupt("its checksum differs"));
    }
    let plain = match stored.codec {
        codec if codec == Codec::Plain as i64 => stored.data,
        codec if codec == Codec::Zstd as i64 => {
            if stored.plain_bytes > MAX_PLAIN_BYTES {
                return Err(corrupt("it claims to be larger than any batch"));
            }
            zstd::bulk::decompress(&stored.data, stored.plain_bytes)
                .map_err(|error| corrupt(&error.to_string()))?
        }
        codec => {
            return Err(corrupt(&format!("codec {codec} is unknown to this version")));
        }
    };
    let mut rest = Bytes::from(plain);
    let mut records = Vec::new();
    while rest.has_remaining() {
        records.push(take_record(&mut rest).ok_or_else(|| corrupt("a record is cut short"))?);
    }
    Ok(records)
}

fn corrupt(what: &str) -> BusError {
    BusError::Corrupt(format!("a batch cannot be read: {what}"))
}

fn put_record(out: &mut Vec<u8>, record: &Record) {
    put_varint(out, zigzag(record.timestamp_ms));
    put_optional(out, record.key.as_ref());
    put_optional(out, record.value.as_ref());
    put_headers(out, &record.headers);
}

/// The headers alone, as a compacted topic stores them.
pub(super) fn put_headers(out: &mut Vec<u8>, headers: &crate::Headers) {
    put_varint(out, headers.len() as u64);
    for (name, value) in headers {
        put_varint(out, name.len() as u64);
        out.extend_from_slice(name.as_bytes());
        put_optional(out, value.as_ref());
    }
}

/// Null is 0, else the length plus one.
fn put_optional(out: &mut Vec<u8>, bytes: Option<&Bytes>) {
    let Some(bytes) = bytes else {
        return put_varint(out, 0);
    };
    put_varint(out, bytes.len() as u64 + 1);
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low_bits = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            return out.push(low_bits);
        }
        out.push(low_bits | 0x80);
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

fn take_record(rest: &mut Bytes) -> Option<Record> {
    let timestamp_ms = unzigzag(take_varint(rest)?);
    let key = take_optional(rest)?;
    let value = take_optional(rest)?;
    let headers = take_headers(rest)?;
    Some(Record { key, value, headers, timestamp_ms })
}

/// The headers alone, as a compacted topic stores them.
pub(super) fn take_headers(rest: &mut Bytes) -> Option<crate::Headers> {
    let count = take_varint(rest)?;
    let mut headers = Vec::new();
    for _ in 0..count {
        let length = take_varint(rest)?;
        let name = String::from_utf8(take_bytes(rest, length)?.to_vec()).ok()?;
        headers.push((name, take_optional(rest)?));
    }
    Some(headers)
}

/// The outer option is `None` where the bytes end too early.
#[allow(clippy::option_option)]
fn take_optional(rest: &mut Bytes) -> Option<Option<Bytes>> {
    match take_varint(rest)? {
        0 => Some(None),
        length => Some(Some(take_bytes(rest, length - 1)?)),
    }
}

fn take_bytes(rest: &mut Bytes, length: u64) -> Option<Bytes> {
    let length = usize::try_from(length).ok()?;
    (length <= rest.remaining()).then(|| rest.split_to(length))
}

fn take_varint(rest: &mut Bytes) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        if !rest.has_remaining() {
            return None;
        }
        let byte = rest.get_u8();
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stored(encoded: Encoded) -> Stored {
        Stored {
            codec: encoded.codec as i64,
            plain_bytes: encoded.plain_bytes,
            data: encoded.data,
            checksum: encoded.checksum,
        }
    }

    prop_compose! {
        fn any_bytes()(bytes: Option<Vec<u8>>) -> Option<Bytes> {
            bytes.map(Bytes::from)
        }
    }

    prop_compose! {
        fn any_record()(
            key in any_bytes(),
            value in any_bytes(),
            headers in prop::collection::vec((any::<String>(), any_bytes()), 0..4),
            timestamp_ms: i64,
        ) -> Record {
            Record { key, value, headers, timestamp_ms }
        }
    }

    proptest! {
        #[test]
        fn comes_back_as_it_was(records in prop::collection::vec(any_record(), 0..20)) {
            prop_assert_eq!(decode(stored(encode(&records))).unwrap(), records);
        }

        #[test]
        fn damage_is_found(
            records in prop::collection::vec(any_record(), 1..5),
            place: prop::sample::Index,
        ) {
            let mut damaged = stored(encode(&records));
            let index = place.index(damaged.data.len());
            damaged.data[index] ^= 1;
            prop_assert!(matches!(decode(damaged), Err(BusError::Corrupt(_))));
        }

        #[test]
        fn random_bytes_never_panic(data: Vec<u8>, codec in 0_i64..3) {
            let checksum = crc32fast::hash(&data);
            let _ = decode(Stored { codec, plain_bytes: 1_000, data, checksum });
        }
    }

    #[test]
    fn words_are_compressed_and_noise_is_not() {
        let record = |value: Vec<u8>| Record { value: Some(value.into()), ..Record::default() };
        assert_eq!(encode(&[record(b"word ".repeat(500))]).codec, Codec::Zstd);
        let mut seed = 1_u32;
        let noise = std::iter::repeat_with(|| {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            seed.to_le_bytes()[0]
        });
        let noise = noise.take(2_000).collect();
        assert_eq!(encode(&[record(noise)]).codec, Codec::Plain);
    }
}
