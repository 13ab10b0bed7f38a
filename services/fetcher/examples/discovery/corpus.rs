//! The real times: stories of Reuters files, grouped as feeds are, and the profile of their weeks.

use std::collections::BTreeMap;

use dateline_wire::sgml;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;
pub(crate) const WEEK: i64 = 7 * DAY;

/// Stories closer to each other than this may be one burst.
const BURST_GAP: i64 = 2 * HOUR;

/// The files that were read: when their stories came, by what they are about.
#[derive(Default)]
pub(crate) struct Corpus {
    /// Times of the stories by first topic and first place, sorted.
    pub(crate) groups: BTreeMap<String, Vec<i64>>,
    /// From the first to the last story of each file, which are all the stories of that time.
    pub(crate) spans: Vec<(i64, i64)>,
}

impl Corpus {
    pub(crate) fn read(paths: &[String]) -> anyhow::Result<Self> {
        let mut corpus = Self::default();
        for path in paths {
            let bytes = std::fs::read(path)?;
            let mut times = Vec::new();
            for story in sgml::split(&bytes).flatten().map(|range| sgml::parse(&bytes[range])) {
                let Ok(story) = story else { continue };
                let Some(at) = story.published else { continue };
                let first = |list: &[String]| list.first().cloned().unwrap_or_default();
                let about = format!("{}/{}", first(&story.topics), first(&story.places));
                corpus.groups.entry(about).or_default().push(at.as_millis());
                times.push(at.as_millis());
            }
            corpus.spans.extend(times.iter().min().copied().zip(times.iter().max().copied()));
        }
        corpus.groups.values_mut().for_each(|times| times.sort_unstable());
        anyhow::ensure!(
            !corpus.groups.is_empty(),
            "no story was read: name files of Reuters-21578"
        );
        Ok(corpus)
    }

    pub(crate) fn stories(&self) -> usize {
        self.groups.values().map(Vec::len).sum()
    }

    /// The hours of the days that the files cover, as hours since 1970.
    fn hours(&self) -> impl Iterator<Item = i64> {
        self.spans.iter().flat_map(|(first, last)| first / HOUR..=last / HOUR)
    }

    /// The bursts of a group, each as distances from its first story.
    pub(crate) fn bursts(&self, times: &[i64]) -> Vec<Vec<i64>> {
        let covered = i64::try_from(self.hours().count()).unwrap_or(1) * HOUR;
        let mean_gap = covered / i64::try_from(times.len().max(1)).unwrap_or(1);
        // Where something comes every few minutes, a gap of an hour is no burst's.
        let gap = BURST_GAP.min(mean_gap / 2);
        let bursts = times.chunk_by(|one, other| other - one < gap);
        bursts.map(|burst| burst.iter().map(|at| at - burst[0]).collect()).collect()
    }
}

/// How much more than on average begins in each hour of a working day and of a day of the weekend.
#[derive(Clone)]
pub(crate) struct Profile([[f64; 24]; 2]);

impl Profile {
    /// The profile of all stories together; `other` stands in for days that are not covered.
    pub(crate) fn of(corpus: &Corpus, other: Option<&Self>) -> Self {
        let (mut came, mut covered) = ([[0.0; 24]; 2], [[0.0_f64; 24]; 2]);
        for hour in corpus.hours() {
            covered[part(hour * HOUR)][of_day(hour * HOUR)] += 1.0;
        }
        for at in corpus.groups.values().flatten() {
            came[part(*at)][of_day(*at)] += 1.0;
        }
        let mut rates = [[0.0; 24]; 2];
        for (part, rates) in rates.iter_mut().enumerate() {
            for (hour, rate) in rates.iter_mut().enumerate() {
                *rate = came[part][hour] / covered[part][hour].max(1.0);
            }
        }
        let mean = |rates: &[f64; 24]| rates.iter().sum::<f64>() / 24.0;
        if let Some(other) = other
            && covered[1].iter().all(|hours| *hours == 0.0)
        {
            let scale = mean(&rates[0]) / mean(&other.0[0]).max(f64::MIN_POSITIVE);
            rates[1] = other.0[1].map(|rate| rate * scale);
        }
        let all = (5.0 * mean(&rates[0]) + 2.0 * mean(&rates[1])) / 7.0;
        Self(rates.map(|rates| rates.map(|rate| rate / all)))
    }

    pub(crate) fn at(&self, at: i64) -> f64 {
        self.0[part(at)][of_day(at)]
    }

    /// Mean hours that the files cover, each counting as much as usually comes in it.
    pub(crate) fn covered(&self, corpus: &Corpus) -> f64 {
        corpus.hours().map(|hour| self.at(hour * HOUR)).sum()
    }

    pub(crate) fn print(&self) {
        for (name, rates) in [("working day", &self.0[0]), ("weekend", &self.0[1])] {
            let shown: Vec<String> = rates.iter().map(|rate| format!("{rate:.1}")).collect();
            println!("  {name:<12} by hour: {}", shown.join(" "));
        }
    }
}

/// 1 on Saturday and Sunday; the first of January 1970 was a Thursday.
fn part(at: i64) -> usize {
    usize::from((at.div_euclid(DAY) + 3).rem_euclid(7) >= 5)
}

fn of_day(at: i64) -> usize {
    usize::try_from(at.rem_euclid(DAY) / HOUR).unwrap_or(0)
}
