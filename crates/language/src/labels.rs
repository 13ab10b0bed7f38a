//! The closed sets of labels of a parse: parts of speech, Penn tags, Universal Dependencies.

/// An enum whose variants have a written name.
macro_rules! named {
    ($(#[$about:meta])* $name:ident, $other:ident = $unknown:literal: $($variant:ident = $text:literal,)*) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[allow(missing_docs)] // the written name says it
        pub enum $name {
            $($variant,)*
            /// Any other.
            #[default]
            $other,
        }

        impl $name {
            /// The label as the treebanks write it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::$other => $unknown,
                }
            }

            /// The label of a written name.
            pub fn from_name(name: &str) -> Self {
                match name {
                    $($text => Self::$variant,)*
                    _ => Self::$other,
                }
            }
        }
    };
}

named! {
    /// A universal part of speech.
    Upos, X = "X":
    Adj = "ADJ", Adp = "ADP", Adv = "ADV", Aux = "AUX", Cconj = "CCONJ", Det = "DET",
    Intj = "INTJ", Noun = "NOUN", Num = "NUM", Part = "PART", Pron = "PRON", Propn = "PROPN",
    Punct = "PUNCT", Sconj = "SCONJ", Sym = "SYM", Verb = "VERB",
}

named! {
    /// A tag of the Penn treebank as English-EWT has them; it tells the forms of verbs and nouns.
    Xpos, Other = "_":
    Cc = "CC", Cd = "CD", Dt = "DT", Ex = "EX", Fw = "FW", In = "IN", Jj = "JJ", Jjr = "JJR",
    Jjs = "JJS", Ls = "LS", Md = "MD", Nn = "NN", Nns = "NNS", Nnp = "NNP", Nnps = "NNPS",
    Pdt = "PDT", Pos = "POS", Prp = "PRP", PrpPoss = "PRP$", Rb = "RB", Rbr = "RBR", Rbs = "RBS",
    Rp = "RP", Sym = "SYM", To = "TO", Uh = "UH", Vb = "VB", Vbd = "VBD", Vbg = "VBG",
    Vbn = "VBN", Vbp = "VBP", Vbz = "VBZ", Wdt = "WDT", Wp = "WP", WpPoss = "WP$", Wrb = "WRB",
    Add = "ADD", Afx = "AFX", Gw = "GW", Hyph = "HYPH", Nfp = "NFP", Xx = "XX", Dollar = "$",
    Comma = ",", Stop = ".", Colon = ":", Open = "-LRB-", Close = "-RRB-", OpenQuote = "``",
    CloseQuote = "''",
}

named! {
    /// A Universal Dependencies relation between a word and its head.
    Relation, Dep = "dep":
    Acl = "acl", AclRelcl = "acl:relcl", Advcl = "advcl", AdvclRelcl = "advcl:relcl",
    Advmod = "advmod", Amod = "amod", Appos = "appos", Aux = "aux", AuxPass = "aux:pass",
    Case = "case", Cc = "cc", CcPreconj = "cc:preconj", Ccomp = "ccomp", Compound = "compound",
    CompoundPrt = "compound:prt", Conj = "conj", Cop = "cop", Csubj = "csubj",
    CsubjOuter = "csubj:outer", CsubjPass = "csubj:pass", Det = "det",
    DetPredet = "det:predet", Discourse = "discourse", Dislocated = "dislocated", Expl = "expl",
    Fixed = "fixed", Flat = "flat", Goeswith = "goeswith", Iobj = "iobj", List = "list",
    Mark = "mark", Nmod = "nmod", NmodDesc = "nmod:desc", NmodPoss = "nmod:poss",
    NmodUnmarked = "nmod:unmarked", Nsubj = "nsubj", NsubjOuter = "nsubj:outer",
    NsubjPass = "nsubj:pass", Nummod = "nummod", Obj = "obj", Obl = "obl",
    OblAgent = "obl:agent", OblUnmarked = "obl:unmarked", Orphan = "orphan",
    Parataxis = "parataxis", Punct = "punct", Reparandum = "reparandum", Root = "root",
    Vocative = "vocative", Xcomp = "xcomp",
}

impl Relation {
    /// The relation without its subtype: `nsubj` of `nsubj:pass`.
    #[must_use]
    pub fn base(self) -> Self {
        let name = self.as_str();
        name.split_once(':').map_or(self, |(base, _)| Self::from_name(base))
    }

    /// Whether the dependent is a subject of its head, of the active or the passive.
    pub fn is_subject(self) -> bool {
        matches!(
            self,
            Self::Nsubj
                | Self::NsubjPass
                | Self::NsubjOuter
                | Self::Csubj
                | Self::CsubjPass
                | Self::CsubjOuter
        )
    }

    /// Whether the dependent stands with a preposition or as a time beside a verb.
    pub fn is_oblique(self) -> bool {
        matches!(self, Self::Obl | Self::OblAgent | Self::OblUnmarked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        let check = |name: &str, base: &str| {
            let relation = Relation::from_name(name);
            assert_eq!(relation.as_str(), name);
            assert_eq!(relation.base(), Relation::from_name(base), "{name}");
        };
        check("nsubj:pass", "nsubj");
        check("obl:agent", "obl");
        check("acl:relcl", "acl");
        check("root", "root");
        assert_eq!(Relation::from_name("no such"), Relation::Dep);
        assert_eq!(Xpos::from_name("-LRB-"), Xpos::Open);
        assert_eq!(Upos::from_name("PROPN").as_str(), "PROPN");
        assert_eq!(Upos::from_name("X"), Upos::X);
    }
}
