//! Furniture: what a site or a desk puts around a story, told by patterns at its head and tail.

mod marks;

use crate::{
    draft::{Block, Draft},
    repair,
};

/// How a pattern must meet the text.
#[derive(Clone, Copy)]
enum At {
    Start,
    Within,
    Whole,
}

/// A block longer than this many words is a part of the story whatever it begins with.
const MAX_WORDS: usize = 45;

/// Reason, where, and the words as `repair::key` gives them.
const PATTERNS: &[(&str, At, &[&str])] = &[
    (
        "contents",
        At::Whole,
        &[
            "auf dieser seite",
            "in this article",
            "table of contents",
            "inhalt",
            "inhaltsverzeichnis",
            "on this page",
            "dans cet article",
            "en este artículo",
            "i denne artikkelen",
        ],
    ),
    (
        "cookies",
        At::Within,
        &[
            "this website uses cookies",
            "this site uses cookies",
            "by continuing to use this site",
            "by continuing to use our website",
        ],
    ),
    (
        "subscribe",
        At::Within,
        &[
            "content is reserved for subscribers",
            "don t have an account",
            "join the conversation in the comments",
            "electronic replica of the print edition",
            "unlimited online access to",
            "新規会員登録",
            "会員限定です",
            "無料で会員登録",
            "delivered through your letterbox",
        ],
    ),
    (
        "feedback",
        At::Within,
        &[
            "get in touch with our news team",
            "for more stories like this check",
            "got a story",
            "senden sie uns ihr feedback",
            "ihre meinung ist uns wichtig",
            "fehler gefunden",
            "slideshow requires javascript",
            "protected by recaptcha",
            "have a tip",
        ],
    ),
    (
        "advert",
        At::Whole,
        &[
            "реклама",
            "реклама на сайте",
            "advert",
            "pubblicità",
            "reklam",
            "reklama",
            "mainos",
            "annonse",
            "annonce",
            "広告",
            "iklan",
            "quảng cáo",
        ],
    ),
    (
        "browser",
        At::Within,
        &[
            "best viewed using",
            "best viewed with",
            "best viewed in",
            "latest versions of web browsers",
            "enable javascript",
            "javascript is disabled",
            "your browser does not support",
            "browser is out of date",
            "activez javascript",
            "habilita javascript",
            "javascript aktivieren",
        ],
    ),
    (
        "newsletter",
        At::Within,
        &[
            "sign up for our",
            "sign up to our",
            "subscribe to our",
            "our newsletter",
            "daily newsletter",
            "weekly newsletter",
            "delivered to your inbox",
            "newsletter abonnieren",
            "abonnez vous",
            "suscríbete",
            "iscriviti alla newsletter",
            "get our free",
            "download our app",
            "join our whatsapp",
        ],
    ),
    (
        "subscribe",
        At::Within,
        &[
            "already a subscriber",
            "subscribe now",
            "subscribe to read",
            "to continue reading",
            "subscribers only",
            "subscribe to unlock",
            "register to unlock",
            "sign in to unlock",
            "create an account or sign in",
            "sign in or create an account",
            "sign in to continue",
            "by signing up you",
            "thanks for signing up",
            "tu suscripción",
            "otro dispositivo",
            "werbevereinbarung",
            "zum newsletter",
            "mit einer spende",
            "有料会員",
            "有料記事",
            "log in to continue",
            "this article is for subscribers",
            "jetzt weiterlesen",
            "artikel ist nur für abonnenten",
            "réservé aux abonnés",
            "contenido exclusivo para suscriptores",
        ],
    ),
    (
        "share",
        At::Start,
        &[
            "share this",
            "share on",
            "share via",
            "follow us",
            "follow him on",
            "follow her on",
            "tweet this",
            "teilen sie",
            "partager sur",
            "compartir en",
            "folgen sie uns",
            "suivez nous",
            "síguenos",
        ],
    ),
    (
        "related",
        At::Start,
        &[
            "read more",
            "read also",
            "also read",
            "related",
            "see also",
            "more on this",
            "recommended",
            "more from",
            "lesen sie auch",
            "lesen sie hier",
            "auch interessant",
            "dieses thema im programm",
            "mehr themen",
            "what to know",
            "sur le même sujet",
            "pour aller plus loin",
            "más información",
            "te recomendamos",
            "leia mais",
            "saiba mais",
            "veja também",
            "approfondisci",
            "läs också",
            "les mer",
            "læs mere",
            "lue myös",
            "lue lisää",
            "přečtěte si",
            "čtěte také",
            "citește și",
            "olvasta már",
            "ilgili haberler",
            "ilgili konular",
            "baca juga",
            "xem thêm",
            "関連記事",
            "相关阅读",
            "관련기사",
            "اقرأ أيضا",
            "mehr zum thema",
            "lire aussi",
            "à lire aussi",
            "lee también",
            "leer más",
            "te puede interesar",
            "leggi anche",
            "leia também",
            "lees ook",
            "les også",
            "läs mer",
            "læs også",
            "читайте также",
            "czytaj także",
            "watch",
            "listen",
            "you may also like",
            "don t miss",
            "top stories",
            "trending",
            "most read",
        ],
    ),
    (
        "copyright",
        At::Start,
        &[
            "copyright",
            "all rights reserved",
            "alle rechte vorbehalten",
            "tous droits réservés",
            "reproduced with permission",
            "this material may not be published",
            "the associated press all rights",
        ],
    ),
    (
        "copyright",
        At::Within,
        &["all rights reserved", "may not be published broadcast", "our standards the"],
    ),
    (
        "cookies",
        At::Within,
        &[
            "we use cookies",
            "cookie policy",
            "cookie settings",
            "accept cookies",
            "utilizamos cookies",
            "verwenden cookies",
        ],
    ),
    (
        "credit",
        At::Start,
        &[
            "reporting by",
            "additional reporting",
            "editing by",
            "writing by",
            "compiled by",
            "photo by",
            "image credit",
            "photo credit",
            "foto",
            "image source",
            "getty images",
            "file photo",
            "with inputs from",
            "with reporting by",
        ],
    ),
    (
        "comments",
        At::Start,
        &[
            "comments",
            "leave a comment",
            "join the conversation",
            "post a comment",
            "kommentare",
            "commentaires",
        ],
    ),
    (
        "advert",
        At::Whole,
        &[
            "advertisement",
            "advertising",
            "sponsored",
            "anzeige",
            "publicité",
            "publicidad",
            "werbung",
            "story continues below",
            "story continues below advertisement",
            "article continues below",
        ],
    ),
    (
        "stamp",
        At::Start,
        &[
            "last updated",
            "last modified",
            "updated on",
            "published on",
            "first published",
            "min read",
        ],
    ),
    ("end_mark", At::Whole, &["reuter", "reuters", "ends", "end", "more", "30", "enditem"]),
    (
        "disclaimer",
        At::Start,
        &[
            "this article was originally published",
            "this story was originally published",
            "this article originally appeared",
            "the views expressed",
            "this story has been corrected",
            "for more information visit",
            "click here",
            "disclaimer",
            "except for the headline",
            "this story has not been edited",
        ],
    ),
];

/// Why a block is furniture; none where it is not.
pub(crate) fn reason(text: &str) -> Option<&'static str> {
    if text.split_whitespace().nth(MAX_WORDS).is_some() {
        return None;
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Some("ornament");
    }
    if text.starts_with('©') {
        return Some("copyright");
    }
    if text.starts_with("http") && !text.contains(' ') {
        return Some("address");
    }
    if marks::is_caption(text) {
        return Some("caption");
    }
    if marks::is_stamp(text) {
        return Some("stamp");
    }
    let key = repair::key(text);
    let meets = |at: At, pattern: &str| match at {
        At::Start => starts_with_words(&key, pattern),
        At::Within => key.contains(pattern),
        At::Whole => key == pattern,
    };
    let hit = PATTERNS
        .iter()
        .find(|(_, at, patterns)| patterns.iter().any(|pattern| meets(*at, pattern)));
    hit.map(|(reason, at, _)| (*reason, *at))
        .filter(|(_, at)| !matches!(at, At::Start) || !reads_like_a_sentence(text))
        .map(|(reason, _)| reason)
}

fn starts_with_words(key: &str, pattern: &str) -> bool {
    key.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// "Recommended retail prices rose, the bank said." begins like furniture and is none.
fn reads_like_a_sentence(text: &str) -> bool {
    let words = text.split_whitespace().count();
    words > 9 && text.ends_with(['.', '"', '”']) && text.contains(" said")
}

/// Takes furniture from the head and the tail of the body.
pub(crate) fn trim(draft: &mut Draft) {
    while let Some(reason) = draft.paragraphs.last().and_then(|block| reason(&block.text)) {
        let index = draft.paragraphs.len() - 1;
        draft.drop_paragraph(index, reason);
    }
    let mut index = 0;
    while index < draft.paragraphs.len().min(2) {
        match reason(&draft.paragraphs[index].text) {
            Some(reason) => draft.drop_paragraph(index, reason),
            None => index += 1,
        }
    }
    trim_credit(draft);
}

/// `(Reporting by …; Editing by …)` may close the last paragraph.
fn trim_credit(draft: &mut Draft) {
    let Some(last) = draft.paragraphs.last_mut() else {
        return;
    };
    let Some(start) = last.text.rfind(" (") else {
        return;
    };
    let tail = last.text[start..].trim();
    if tail.ends_with(')') && reason(tail) == Some("credit") {
        let credit = Block::new(tail);
        last.text.truncate(start);
        draft.remove("credit", &credit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_furniture() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(reason(text), expected, "{text}");
        check(
            "This website is best viewed using the latest versions of web browsers.",
            Some("browser"),
        );
        check("(Reporting by Anna Example; Editing by Bo Sample)", Some("credit"));
        check("Read more: Ministers meet", Some("related"));
        check("© 2014 Example Wire. All rights reserved.", Some("copyright"));
        check("Lesen Sie auch: Minister treffen sich", Some("related"));
        check("* * *", Some("ornament"));
        check("REUTER", Some("end_mark"));
        check("Related companies must now report their dealings, the ministry said.", None);
        check("The ministers met.", None);
        check(&"long ".repeat(50), None);
    }

    #[test]
    fn takes_it_from_head_and_tail_only() {
        let texts = [
            "Share this",
            "They met.",
            "They talked.",
            "Read more: here",
            "They left. (Editing by Bo Sample)",
            "Follow us",
        ];
        let mut draft = Draft { paragraphs: texts.map(Block::new).to_vec(), ..Draft::default() };
        trim(&mut draft);
        let left: Vec<&str> = draft.paragraphs.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(left, ["They met.", "They talked.", "Read more: here", "They left."]);
        let reasons: Vec<&str> =
            draft.removed.iter().map(|removed| removed.reason.as_str()).collect();
        assert_eq!(reasons, ["share", "share", "credit"]);
    }
}
