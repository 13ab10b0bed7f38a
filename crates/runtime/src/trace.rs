//! W3C trace context: one trace for a story's whole way, carried in the header `traceparent`.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
};

/// The header that carries it.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// Where a record stands in its trace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    flags: u8,
    /// The span that it came from; 0 for none.
    parent: u64,
}

impl TraceContext {
    /// A new trace.
    pub fn root() -> Self {
        let trace_id = (u128::from(random()) << 64) | u128::from(random());
        Self { trace_id: trace_id.max(1), span_id: random().max(1), flags: 1, parent: 0 }
    }

    /// A new span of the same trace.
    #[must_use]
    pub fn child(self) -> Self {
        Self { span_id: random().max(1), parent: self.span_id, ..self }
    }

    /// Reads a header; a malformed one counts as absent, as the standard asks.
    pub fn parse(header: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(header).ok()?;
        let mut parts = text.split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let plain = |part: &str, length: usize| {
            part.len() == length
                && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let sound = plain(version, 2)
            && version != "ff"
            && plain(trace, 32)
            && plain(span, 16)
            && plain(flags, 2)
            && (version != "00" || parts.next().is_none());
        let context = Self {
            trace_id: u128::from_str_radix(trace, 16).ok()?,
            span_id: u64::from_str_radix(span, 16).ok()?,
            flags: u8::from_str_radix(flags, 16).ok()?,
            parent: 0,
        };
        (sound && context.trace_id != 0 && context.span_id != 0).then_some(context)
    }

    /// The trace's id, as logs show it.
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace_id)
    }

    /// Whether whoever began the trace wants it kept.
    pub(crate) fn is_sampled(self) -> bool {
        self.flags & 1 == 1
    }

    pub(crate) fn trace_bytes(self) -> [u8; 16] {
        self.trace_id.to_be_bytes()
    }

    pub(crate) fn span_bytes(self) -> [u8; 8] {
        self.span_id.to_be_bytes()
    }

    pub(crate) fn parent_bytes(self) -> Option<[u8; 8]> {
        (self.parent != 0).then(|| self.parent.to_be_bytes())
    }

    /// The span's id, as logs show it.
    pub fn span_id(self) -> String {
        format!("{:016x}", self.span_id)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace_id, span_id, flags, .. } = self;
        write!(formatter, "00-{trace_id:032x}-{span_id:016x}-{flags:02x}")
    }
}

/// A random number; the standard library seeds each hasher state differently.
fn random() -> u64 {
    RandomState::new().hash_one(0_u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let check = |header: &str, sound: bool| {
            let parsed = TraceContext::parse(header.as_bytes());
            assert_eq!(parsed.is_some(), sound, "{header}");
        };
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true);
        check("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false);
        check("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false);
        check("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false);
        check("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false);
        check("", false);
    }

    #[test]
    fn a_trace_goes_on_from_header_to_header() {
        let root = TraceContext::root();
        let read = TraceContext::parse(root.to_string().as_bytes()).unwrap();
        assert_eq!(read, root);
        let child = read.child();
        assert_eq!(child.trace_id(), root.trace_id());
        assert_ne!(child.span_id, root.span_id);
        assert_ne!(TraceContext::root().trace_id(), root.trace_id());
    }
}
