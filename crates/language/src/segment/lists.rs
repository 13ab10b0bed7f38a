//! Closed classes that words and sentences are cut by.

/// Words that keep their full stop and do not end a sentence before a name or a number.
pub(super) const TITLES: &[&str] = &[
    "Mr", "Mrs", "Ms", "Mlle", "Mme", "Dr", "Drs", "Prof", "Gen", "Lt", "Col", "Capt", "Cmdr",
    "Cdr", "Adm", "Maj", "Sgt", "Cpl", "Pvt", "Brig", "Gov", "Govs", "Sen", "Sens", "Rep", "Reps",
    "Rev", "Fr", "St", "Ste", "Pres", "Sec", "Amb", "Hon", "Messrs", "Det", "Insp", "Supt", "Atty",
    "Mt", "Ft", "vs", "v", "Vol", "vol", "Fig", "Figs", "fig", "Eq", "Ch", "pp", "cf", "ca",
    "approx", "i.e", "e.g", "E.g", "I.e", "eg", "ie", "esp", "Art", "Arts", "Sgts", "Ald", "Treas",
    "Ven", "Ret", "ret", "Sta", "Sto",
];

/// Words that keep their full stop and may end a sentence.
pub(super) const ENDINGS: &[&str] = &[
    "Inc", "Corp", "Co", "Cos", "Ltd", "Jr", "Sr", "etc", "Bros", "Esq", "al", "Jan", "Feb", "Mar",
    "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec", "Ala", "Ariz", "Ark", "Calif",
    "Colo", "Conn", "Del", "Fla", "Ga", "Ill", "Ind", "Kan", "Ky", "La", "Md", "Mass", "Mich",
    "Minn", "Miss", "Mo", "Mont", "Neb", "Nev", "Okla", "Ore", "Pa", "Penn", "Tenn", "Tex", "Va",
    "Vt", "Wash", "Wis", "Wyo", "Ont", "Que", "Ave", "Blvd", "Rd", "Dept", "dept", "est", "Est",
    "Assn", "Dist", "Univ", "Mon", "Tue", "Tues", "Wed", "Thu", "Thur", "Thurs", "Fri", "Sat",
    "Attn", "Conf", "Ph", "Cie", "SpA", "Ed", "Eds", "Mssrs",
];

/// A full stop belongs to these only before a number: "No. 10", "Sun. 8".
pub(super) const BEFORE_NUMBERS: &[&str] =
    &["No", "Nos", "no", "nos", "Sun", "p", "pp", "para", "Para", "art", "sec", "Ref", "c", "nr"];

/// A full stop belongs to these only where the sentence goes on: "2 oz. of gold".
pub(super) const BEFORE_MORE: &[&str] =
    &["lb", "lbs", "oz", "ext", "min", "mins", "hr", "hrs", "yr", "yrs", "sq", "ft"];

/// First parts of words that keep their hyphen.
pub(super) const PREFIXES: &[&str] = &[
    "non", "e", "re", "anti", "pre", "co", "pro", "mid", "cross", "post", "multi", "ex", "sub",
    "counter", "semi", "mini", "socio", "psycho", "inter", "intra", "trans", "ultra", "un", "de",
    "bi", "tri", "neo", "arch", "micro", "macro", "mega", "meta", "extra", "infra", "over",
];

/// Those of them that are parts of names before a capital: "Post-Herald".
pub(super) const NAME_PARTS: &[&str] = &[
    "post", "cross", "over", "counter", "sub", "co", "de", "un", "bi", "tri", "arch", "extra", "e",
];

/// Units that are cut from their number: "10km", "5pm".
pub(super) const UNITS: &[&str] = &[
    "am", "pm", "a.m", "p.m", "km", "m", "cm", "mm", "nm", "k", "kb", "mb", "gb", "tb", "ft", "kg",
    "g", "mg", "lb", "lbs", "oz", "hz", "khz", "mhz", "ghz", "mph", "kph", "kmh", "mw", "kw", "gw",
    "bn", "tn", "mln", "min", "mins", "hr", "hrs", "sec", "secs", "yr", "yrs", "x", "f", "c", "p",
    "mi", "sq", "watt", "watts", "ml", "l", "in", "yd", "yds", "bps", "rpm", "ha", "gmt", "km/h",
];

/// Short forms that are two words, and the bytes of the second.
pub(super) const JOINED: &[(&str, usize)] = &[
    ("cannot", 3),
    ("gonna", 2),
    ("wanna", 2),
    ("gotta", 2),
    ("lemme", 2),
    ("gimme", 2),
    ("dont", 2),
    ("didnt", 2),
    ("doesnt", 2),
    ("isnt", 2),
    ("wasnt", 2),
    ("couldnt", 2),
    ("wouldnt", 2),
    ("shouldnt", 2),
    ("hasnt", 2),
    ("havent", 2),
    ("hadnt", 2),
    ("arent", 2),
    ("werent", 2),
    ("aint", 2),
    ("cant", 2),
    ("wont", 2),
    ("thats", 1),
    ("whats", 1),
];

/// Ends of words that are words of their own, without their apostrophe.
pub(super) const CLITICS: &[&str] = &["s", "ll", "ve", "re", "d", "m"];

/// Words that begin a sentence rather than go on after "U.S." or "Inc.".
pub(super) const STARTERS: &[&str] = &[
    "The",
    "It",
    "He",
    "She",
    "They",
    "In",
    "On",
    "But",
    "A",
    "An",
    "At",
    "This",
    "That",
    "We",
    "And",
    "However",
    "His",
    "Her",
    "Its",
    "Their",
    "These",
    "Those",
    "There",
    "If",
    "When",
    "While",
    "As",
    "After",
    "Before",
    "For",
    "Some",
    "Many",
    "Most",
    "Several",
    "I",
    "You",
    "What",
    "Why",
    "How",
    "Who",
    "Where",
    "No",
    "Not",
    "So",
    "Then",
    "Since",
    "By",
    "With",
    "From",
    "To",
    "Under",
    "Our",
    "My",
    "Your",
    "Although",
    "Though",
    "Because",
    "Both",
    "All",
    "Each",
    "One",
    "Two",
    "Three",
    "Also",
    "Please",
    "Let",
    "Earlier",
    "Last",
    "Later",
    "Meanwhile",
    "Officials",
    "Police",
    "Is",
    "Are",
    "Do",
    "Does",
    "Did",
    "Was",
    "Were",
    "Will",
    "Would",
    "Could",
    "Should",
    "Can",
    "According",
    "During",
    "Despite",
    "Among",
    "About",
    "Over",
    "More",
    "Now",
    "Only",
    "Here",
];

/// Faces, as far as they are written from marks.
pub(super) const FACES: &[&str] = &[
    ":)", ":(", ";)", ":-)", ":-(", ";-)", ":D", ":P", ":p", "=)", "(:", ":/", "^_^", ":-D", "<3",
    ":-/", "=(", "=D", ";D", "XD", ":o", ":O",
];
