//! What the unit tests share: the settings as they are shipped.

use crate::Config;

/// The defaults of `config/dateline.toml`.
pub(crate) fn config() -> Config {
    let text = include_str!("../../../config/dateline.toml");
    let table: toml::Table = text.parse().unwrap();
    table["fetcher"].clone().try_into().unwrap()
}
