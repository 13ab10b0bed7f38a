//! Who may deliver at the push port: addresses that only the deliverer knows, and signatures.
//!
//! Every address and every secret is derived from one secret of the fetcher's, so that any instance
//! can judge a delivery for a source that another one owns.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Context;
use dateline_record::{Record, SourceSpec};
use dateline_runtime::{Admission, Pushed};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::Config;

/// Digits of the part of an address that only the deliverer knows.
const TOKEN_DIGITS: usize = 40;

/// The shortest secret that is accepted, in bytes.
const MIN_SECRET_BYTES: usize = 16;

/// Headers of a delivery that its source's owner needs.
const KEPT: &[&str] = &["content-type", "link", "content-language"];

/// How a source is delivered to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    /// By its provider, who may sign.
    Provider,
    /// By a WebSub hub, which must sign.
    Hub,
}

/// The secret of the push port.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    secret: Option<Vec<u8>>,
    base: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keys")
    }
}

/// Where and with what secret a provider delivers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PushAddress {
    /// Where to POST.
    pub url: String,
    /// The secret with which a delivery may be signed.
    pub secret: String,
}

impl Keys {
    /// Reads the secret; without a file nothing is delivered.
    pub(crate) fn read(config: &Config) -> anyhow::Result<Self> {
        if config.push_secret_file.is_empty() {
            return Ok(Self::default());
        }
        let path = &config.push_secret_file;
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("fetcher.push_secret_file: {path:?} cannot be read"))?;
        let secret = text.trim().as_bytes().to_vec();
        anyhow::ensure!(
            secret.len() >= MIN_SECRET_BYTES,
            "fetcher.push_secret_file: {path:?} holds {} bytes; write {MIN_SECRET_BYTES} or more, \
             for example with: openssl rand -hex 32",
            secret.len()
        );
        let base = config.push_url.trim_end_matches('/').to_owned();
        Ok(Self { secret: Some(secret), base })
    }

    /// Whether hubs can reach the push port.
    pub(crate) fn can_subscribe(&self) -> bool {
        self.secret.is_some() && !self.base.is_empty()
    }

    /// Where a source is delivered to; none where the push port has no secret.
    pub(crate) fn address(&self, spec: &SourceSpec, way: Way) -> Option<PushAddress> {
        let key = spec.key();
        let token = self.token(&key, way)?;
        let secret = self.derive("secret", &key)?;
        Some(PushAddress { url: format!("{}/push/{key}/{token}", self.base), secret })
    }

    fn token(&self, key: &str, way: Way) -> Option<String> {
        let (letter, purpose) = match way {
            Way::Provider => ('p', "provider"),
            Way::Hub => ('h', "hub"),
        };
        let digits = self.derive(purpose, key)?;
        Some(format!("{letter}{}", &digits[..TOKEN_DIGITS]))
    }

    fn derive(&self, purpose: &str, key: &str) -> Option<String> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.secret.as_deref()?).ok()?;
        mac.update(format!("{purpose} {key}").as_bytes());
        Some(digits(&mac.finalize().into_bytes()))
    }

    /// Judges what came in.
    pub(crate) fn admit(&self, pushed: &Pushed) -> Admission {
        if self.secret.is_none() {
            let what = "nothing is delivered here: fetcher.push_secret_file is not set";
            return Admission::Refuse(404, what.to_owned());
        }
        let ways = [Way::Provider, Way::Hub];
        let is_of = |way: &Way| {
            self.token(&pushed.key, *way).is_some_and(|token| same(&token, &pushed.token))
        };
        match ways.into_iter().find(is_of) {
            None => Admission::Refuse(403, "the address is not one that was given out".to_owned()),
            Some(Way::Hub) if pushed.is_question => answer(pushed),
            Some(_) if pushed.is_question => {
                Admission::Refuse(405, "POST what is to be delivered".to_owned())
            }
            Some(way) => self.delivery(pushed, way),
        }
    }

    fn delivery(&self, pushed: &Pushed, way: Way) -> Admission {
        let secret = self.derive("secret", &pushed.key).unwrap_or_default();
        let header = |name: &str| pushed.headers.get(name).map(String::as_str);
        let signature = header("x-hub-signature-256").or_else(|| header("x-hub-signature"));
        match signature {
            Some(signature) if !is_signed(signature, secret.as_bytes(), &pushed.body) => {
                return Admission::Refuse(403, "the signature does not fit the body".to_owned());
            }
            None if way == Way::Hub => {
                return Admission::Refuse(403, "a hub must sign what it delivers".to_owned());
            }
            _ => {}
        }
        if pushed.body.is_empty() {
            return Admission::Refuse(400, "the delivery has no body".to_owned());
        }
        let kept = KEPT
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), pushed.headers.get(*name)?.clone())));
        Admission::Accept(kept.collect())
    }
}

/// Answers a hub that verifies a subscription (W3C WebSub, section 5.3). Only a hub that was asked
/// knows the address.
fn answer(pushed: &Pushed) -> Admission {
    let parts = ["hub.mode", "hub.topic", "hub.lease_seconds", "hub.reason"];
    let note: BTreeMap<String, String> = parts
        .into_iter()
        .filter_map(|part| Some((part.to_owned(), pushed.query.get(part)?.clone())))
        .collect();
    let mode = note.get("hub.mode").map(String::as_str);
    match (mode, pushed.query.get("hub.challenge")) {
        (Some("subscribe" | "unsubscribe"), Some(challenge)) => {
            Admission::Answer(challenge.clone(), note)
        }
        (Some("denied"), _) => Admission::Answer(String::new(), note),
        _ => Admission::Refuse(400, "hub.mode or hub.challenge is missing".to_owned()),
    }
}

/// Whether a signature `method=digits` is that of the body.
fn is_signed(signature: &str, secret: &[u8], body: &[u8]) -> bool {
    let Some((method, digits)) = signature.trim().split_once('=') else {
        return false;
    };
    let Some(given) = bytes(digits) else {
        return false;
    };
    match method.to_ascii_lowercase().as_str() {
        "sha1" => fits::<Hmac<sha1::Sha1>>(secret, body, &given),
        "sha256" => fits::<Hmac<Sha256>>(secret, body, &given),
        "sha384" => fits::<Hmac<sha2::Sha384>>(secret, body, &given),
        "sha512" => fits::<Hmac<sha2::Sha512>>(secret, body, &given),
        _ => false,
    }
}

fn fits<M: Mac + KeyInit>(secret: &[u8], body: &[u8], given: &[u8]) -> bool {
    <M as KeyInit>::new_from_slice(secret).is_ok_and(|mut mac| {
        mac.update(body);
        // In the same time for every wrong one.
        mac.verify_slice(given).is_ok()
    })
}

fn digits(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(|pair| (pair.len() == 2).then(|| byte(pair)).flatten()).collect()
}

/// Whether two texts are the same, in the same time for every other one of that length.
fn same(one: &str, other: &str) -> bool {
    let difference = one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys { secret: Some(b"0123456789abcdef".to_vec()), base: "https://push.example".to_owned() }
    }

    fn pushed(token: &str, headers: &[(&str, &str)], body: &str) -> Pushed {
        Pushed {
            is_question: false,
            key: "a.example/wire".to_owned(),
            token: token.to_owned(),
            query: BTreeMap::new(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn status(admission: &Admission) -> u16 {
        match admission {
            Admission::Refuse(status, _) => *status,
            Admission::Answer(..) => 200,
            Admission::Accept(_) => 202,
        }
    }

    fn signed(body: &str) -> String {
        let secret = keys().derive("secret", "a.example/wire").unwrap();
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        format!("sha256={}", digits(&mac.finalize().into_bytes()))
    }

    #[test]
    fn admits_who_knows_the_address_and_signs() {
        let provider = keys().token("a.example/wire", Way::Provider).unwrap();
        let hub = keys().token("a.example/wire", Way::Hub).unwrap();
        let signature = signed("story");
        let check = |token: &str, headers: &[(&str, &str)], body: &str, expected: u16| {
            let admission = keys().admit(&pushed(token, headers, body));
            assert_eq!(status(&admission), expected, "{token} {headers:?} {body}");
        };
        check(&provider, &[], "story", 202);
        check(&provider, &[("x-hub-signature-256", &signature)], "story", 202);
        check(&provider, &[("x-hub-signature-256", &signature)], "other", 403);
        check(&provider, &[("x-hub-signature", "sha256=zz")], "story", 403);
        check(&provider, &[("x-hub-signature", "md5=00")], "story", 403);
        check(&provider, &[], "", 400);
        check(&hub, &[], "story", 403);
        check(&hub, &[("x-hub-signature", &signature)], "story", 202);
        check("wrong", &[], "story", 403);
        check("", &[], "story", 403);
        assert_eq!(status(&Keys::default().admit(&pushed(&hub, &[], "story"))), 404);
    }

    #[test]
    fn answers_a_hub() {
        let hub = keys().token("a.example/wire", Way::Hub).unwrap();
        let mut question = Pushed { is_question: true, ..pushed(&hub, &[], "") };
        assert_eq!(status(&keys().admit(&question)), 400);
        question.query.insert("hub.mode".to_owned(), "subscribe".to_owned());
        question.query.insert("hub.challenge".to_owned(), "abc".to_owned());
        question.query.insert("hub.lease_seconds".to_owned(), "60".to_owned());
        let Admission::Answer(text, note) = keys().admit(&question) else { panic!() };
        assert_eq!((text.as_str(), note["hub.lease_seconds"].as_str()), ("abc", "60"));
    }

    #[test]
    fn known_signatures_fit() {
        // RFC 2202, test case 2, and RFC 4231, test case 2.
        let check = |signature: &str| {
            assert!(is_signed(signature, b"Jefe", b"what do ya want for nothing?"), "{signature}");
        };
        check("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        check("sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
