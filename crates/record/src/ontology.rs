//! Closed lists of codes: event types after PLOVER, and whether an event is so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd,
            Serialize,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// All codes in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it stands in records.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The code that `text` names exactly.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }
    };
}

codes! {
    /// What kind of event it is: the root types of PLOVER.
    EventType {
        /// Says that it will do what another wants.
        Agree = "AGREE",
        /// Talks, meets, visits.
        Consult = "CONSULT",
        /// Backs another by words or acts of policy.
        Support = "SUPPORT",
        /// Works together with another.
        Cooperate = "COOPERATE",
        /// Gives money, goods, troops or shelter.
        Aid = "AID",
        /// Gives way to a demand at home.
        Concede = "CONCEDE",
        /// Pulls back or gives up by force or in conflict.
        Retreat = "RETREAT",
        /// Asks, appeals, urges.
        Request = "REQUEST",
        /// Blames, complains, sues.
        Accuse = "ACCUSE",
        /// Refuses, vetoes, declines.
        Reject = "REJECT",
        /// Warns of harm to come.
        Threaten = "THREATEN",
        /// Demonstrates, strikes, riots.
        Protest = "PROTEST",
        /// Cuts back relations: embargo, expulsion, boycott.
        Sanction = "SANCTION",
        /// Readies forces.
        Mobilize = "MOBILIZE",
        /// Represses, seizes, arrests.
        Coerce = "COERCE",
        /// Uses force against people or property.
        Assault = "ASSAULT",
    }
}

codes! {
    /// Whether an event is so.
    EventStatus {
        /// It happened.
        Actual = "actual",
        /// It is meant to happen.
        Planned = "planned",
        /// It is under way.
        Ongoing = "ongoing",
        /// It was tried, and did not succeed yet.
        Attempted = "attempted",
        /// It is only supposed.
        Hypothetical = "hypothetical",
        /// It did not happen.
        Negated = "negated",
        /// Somebody says that it did not happen.
        Denied = "denied",
        /// It was planned and called off.
        Cancelled = "cancelled",
        /// It lies far back and is told as background.
        Historical = "historical",
    }
}

codes! {
    /// Words or deeds, with or against another.
    Quad {
        /// Talks, promises, praise.
        VerbalCooperation = "verbal_cooperation",
        /// Help and common work.
        MaterialCooperation = "material_cooperation",
        /// Demands, blame, refusals, threats.
        VerbalConflict = "verbal_conflict",
        /// Protest, sanctions, force.
        MaterialConflict = "material_conflict",
    }
}

codes! {
    /// What an event is about: the general contexts of PLOVER.
    Context {
        /// Armed forces of states.
        Military = "military",
        /// Secret services.
        Intelligence = "intelligence",
        /// Heads of state, ministries, officials.
        Executive = "executive",
        /// Parliaments.
        Legislative = "legislative",
        /// Elections and campaigns.
        Election = "election",
        /// Parties, constitutions, changes of institutions.
        PoliticalInstitutions = "political_institutions",
        /// Steps towards democracy.
        ProDemocracy = "pro_democracy",
        /// Steps away from it.
        ProAutocracy = "pro_autocracy",
        /// Trade, finance, growth.
        Economic = "economic",
        /// Courts and law.
        Legal = "legal",
        /// Amends for past harm.
        Reparations = "reparations",
        /// Human rights in general.
        HumanRights = "human_rights",
        /// Civil liberties and freedom of the press.
        RightsFreedoms = "rights_freedoms",
        /// Force of the state against its people.
        Repression = "repression",
        /// Water, food, housing, land.
        HumanSecurity = "human_security",
        /// Women and men.
        Gender = "gender",
        /// Sexual minorities.
        Lgbt = "lgbt",
        /// Faiths, peoples, castes, languages.
        ReligionEthnicity = "religion_ethnicity",
        /// Rich and poor.
        Inequality = "inequality",
        /// Diplomacy.
        Diplomatic = "diplomatic",
        /// Borders and disputed land.
        Territory = "territory",
        /// Keeping a peace.
        Peacekeeping = "peacekeeping",
        /// Health and disease.
        Health = "health",
        /// Asylum.
        Asylum = "asylum",
        /// Migrants, refugees, the displaced.
        Migration = "migration",
        /// Disasters of nature and accidents.
        Disasters = "disasters",
        /// Oil, gas, ore, timber.
        NaturalResource = "natural_resource",
        /// Climate, pollution.
        Environment = "environment",
        /// Technology.
        Technology = "technology",
        /// Terrorism and what is done against it.
        Terrorism = "terrorism",
        /// Nuclear, biological, chemical weapons.
        Cbrn = "cbrn",
        /// Attacks on computers.
        Cyber = "cyber",
        /// False news.
        Misinformation = "misinformation",
        /// Crime.
        Crime = "crime",
        /// Abuse of office.
        Corruption = "corruption",
        /// Drugs.
        IllegalDrugs = "illegal_drugs",
        /// Smuggling of people or goods.
        Trafficking = "trafficking",
    }
}

impl Quad {
    /// Its number, as GDELT and ICEWS count.
    pub fn number(self) -> u8 {
        match self {
            Self::VerbalCooperation => 1,
            Self::MaterialCooperation => 2,
            Self::VerbalConflict => 3,
            Self::MaterialConflict => 4,
        }
    }
}

impl EventType {
    /// The quad class of the type.
    pub fn quad(self) -> Quad {
        match self {
            Self::Agree | Self::Consult | Self::Support => Quad::VerbalCooperation,
            Self::Concede | Self::Cooperate | Self::Aid | Self::Retreat => {
                Quad::MaterialCooperation
            }
            Self::Request | Self::Accuse | Self::Reject | Self::Threaten => Quad::VerbalConflict,
            Self::Protest | Self::Sanction | Self::Mobilize | Self::Coerce | Self::Assault => {
                Quad::MaterialConflict
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for code in EventType::ALL {
            assert_eq!(EventType::parse(code.as_str()), Some(*code));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        assert_eq!(EventType::ALL.len(), 16);
        assert_eq!(EventType::parse("FIGHT"), None);
        assert_eq!(EventStatus::parse("denied"), Some(EventStatus::Denied));
    }
}
