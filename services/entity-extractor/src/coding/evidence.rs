//! What the type of an act rests on, and how sure it must be.

/// What only the verb or only the model says must be so sure, whatever the configuration.
const LEAST_BY_VERB: f32 = 0.7;
pub(crate) const LEAST_BY_MODEL: f32 = 0.8;
/// So with words of the CAMEO dictionary around the verb, which fit much that they do not mean.
pub(crate) const LEAST_BY_DICTIONARY: f32 = 0.55;
/// What the type of an act rests on besides the model's chance; the surest last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Evidence {
    /// Nothing: the model alone says so.
    Model,
    /// The verb table has the verb alone.
    Verb,
    /// The CAMEO dictionary has it with words around it.
    Dictionary,
    /// Dateline's own patterns have it with words around it.
    Pattern,
    /// A rule of the ontology.
    Rule,
}

impl Evidence {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Verb => "verb",
            Self::Dictionary => "dictionary",
            Self::Pattern => "pattern",
            Self::Rule => "rule",
        }
    }

    /// The least score of an act that rests on it: what only the model says must be surer.
    pub(crate) fn least(self, config: f32, is_between: bool) -> f32 {
        match self {
            Self::Rule | Self::Pattern => config,
            Self::Dictionary if is_between => config,
            Self::Dictionary => config.max(LEAST_BY_DICTIONARY),
            Self::Verb => config.max(LEAST_BY_VERB),
            Self::Model => config.max(LEAST_BY_MODEL),
        }
    }
}
