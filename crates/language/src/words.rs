//! Small closed classes of words that decide what a verb group is.

pub(crate) const BE: &[&str] =
    &["is", "are", "was", "were", "be", "been", "being", "am", "'re", "’re", "'m"];
pub(crate) const HAVE: &[&str] = &["have", "has", "had", "having", "'ve", "’ve"];
pub(crate) const DO: &[&str] = &["do", "does", "did"];
pub(crate) const NEGATIONS: &[&str] = &["not", "n't", "n’t", "never", "no longer"];
pub(crate) const BETWEEN: &[&str] = &[
    "also", "already", "always", "ever", "just", "last", "now", "only", "once", "still", "then",
    "twice", "again", "both", "first", "even", "long", "soon", "yet", "so", "far", "jointly",
    "formally",
];
pub(crate) const DETERMINERS: &[&str] = &[
    "the", "a", "an", "his", "her", "its", "their", "our", "my", "your", "this", "these", "those",
    "no", "any", "some", "every", "each", "another", "more", "most", "such", "new", "further",
    "of", "first", "second", "last", "recent", "joint", "several", "many", "other",
];
pub(crate) const PREPOSITIONS: &[&str] = &[
    "of",
    "in",
    "on",
    "at",
    "by",
    "for",
    "with",
    "from",
    "about",
    "over",
    "against",
    "after",
    "before",
    "between",
    "into",
    "through",
    "under",
    "without",
    "during",
    "despite",
    "since",
    "toward",
    "towards",
    "amid",
    "among",
    "near",
    "beyond",
    "as",
    "than",
    "like",
    "following",
    "via",
    "upon",
    "within",
    "across",
];
pub(crate) const PRONOUNS: &[&str] = &[
    "he", "she", "it", "they", "we", "you", "i", "who", "which", "that", "both", "people", "police",
];
