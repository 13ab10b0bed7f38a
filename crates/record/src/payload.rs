//! Bytes as they arrived, byte-exact, and readable in JSON where they are UTF-8.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes as they arrived; in JSON `{"text": …}` where they are UTF-8, else `{"base64": …}`.
#[derive(Clone, Debug, Default, Eq, JsonSchema, PartialEq)]
#[schemars(with = "Form<'static>")]
pub struct Payload(Vec<u8>);

/// The JSON form of a payload.
#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Payload")]
enum Form<'a> {
    /// The bytes, which are UTF-8.
    Text(Cow<'a, str>),
    /// The bytes in base64 (RFC 4648, padded), since they are not UTF-8.
    Base64(Cow<'a, str>),
}

impl Payload {
    /// Wraps bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = match std::str::from_utf8(&self.0) {
            Ok(text) => Form::Text(text.into()),
            Err(_) => Form::Base64(STANDARD.encode(&self.0).into()),
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Form::deserialize(deserializer)? {
            Form::Text(text) => Ok(Self(text.into_owned().into_bytes())),
            Form::Base64(text) => {
                let bytes = STANDARD.decode(text.as_bytes());
                bytes.map(Self).map_err(|error| de::Error::custom(format!("base64: {error}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn comes_back_byte_for_byte(bytes: Vec<u8>) {
            let payload = Payload::new(bytes);
            let json = serde_json::to_string(&payload).unwrap();
            prop_assert_eq!(serde_json::from_str::<Payload>(&json).unwrap(), payload);
        }
    }

    #[test]
    fn text_stays_readable() {
        assert_eq!(serde_json::to_string(&Payload::new("né")).unwrap(), r#"{"text":"né"}"#);
        assert_eq!(serde_json::to_string(&Payload::new([0xff])).unwrap(), r#"{"base64":"/w=="}"#);
        assert!(serde_json::from_str::<Payload>(r#"{"base64":"?"}"#).is_err());
    }
}
