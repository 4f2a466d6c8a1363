//! Who was up when, of what was seen from outside of the machines; and the one rule: no two are down at once.

mod svg;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use svg::svg;
pub(crate) use text::text;

/// Something that happened to a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happening {
    /// When, since the run began.
    pub(crate) at: Duration,
    /// To which machine.
    pub(crate) node: String,
    /// What.
    pub(crate) what: What,
}

/// What can happen to a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// Its emulator was started.
    PowerOn,
    /// Its emulator has ended.
    PowerOff,
    /// The emulator says that it was reset.
    Reset {
        /// By itself, as a reboot ends, and not by our hand.
        by_itself: bool,
    },
    /// The emulator says that it has shut down.
    ShutDown,
    /// Its console says that it begins to go down.
    GoesDown,
    /// Its agent listens, in this boot.
    Up(String),
}

/// How a machine stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Power {
    /// There is no emulator, or it has shut down.
    Off,
    /// It is on its way up.
    Boots,
    /// It is up, in this boot.
    Up(String),
    /// It is on its way down.
    GoesDown,
}

impl Power {
    /// How it stands after this.
    pub(crate) fn after(self, what: &What) -> Self {
        match what {
            What::PowerOn | What::Reset { .. } => Self::Boots,
            What::PowerOff | What::ShutDown => Self::Off,
            What::GoesDown => Self::GoesDown,
            // An agent that was started again in the same boot does not bring back a machine that goes down.
            What::Up(_) if self == Self::GoesDown => self,
            What::Up(boot) => Self::Up(boot.clone()),
        }
    }

    /// The boot that it is up in.
    pub(crate) fn boot(&self) -> Option<&str> {
        if let Self::Up(boot) = self { Some(boot) } else { None }
    }
}

/// A stretch of time in which a machine stood in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    pub(crate) power: Power,
}

/// A stretch of time in which a node held a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) node: String,
    pub(crate) from: Duration,
    pub(crate) to: Duration,
}

/// Who was up when, in one scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timeline {
    pub(crate) title: String,
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    /// The spans of each node, without gaps.
    pub(crate) nodes: BTreeMap<String, Vec<Span>>,
    /// What etcd knew of it.
    pub(crate) claims: Vec<Claim>,
    /// What somebody did, and when.
    pub(crate) marks: Vec<(Duration, String)>,
}

/// Two machines that were down at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Overlap {
    pub(crate) nodes: [String; 2],
    pub(crate) from: Duration,
    pub(crate) to: Duration,
}

impl Timeline {
    /// Of all that happened since machines were there, cut to the time from `from` to `to`.
    pub(crate) fn of(title: &str, happenings: &[Happening], from: Duration, to: Duration) -> Self {
        let mut nodes: BTreeMap<String, Vec<Span>> = BTreeMap::new();
        for Happening { at, node, what } in happenings.iter().filter(|happening| happening.at <= to) {
            let spans = nodes.entry(node.clone()).or_default();
            let power = match spans.last_mut() {
                Some(last) => {
                    last.to = *at;
                    last.power.clone()
                }
                None => Power::Off,
            };
            spans.push(Span { from: *at, to, power: power.after(what) });
        }
        for spans in nodes.values_mut() {
            spans.dedup_by(|later, earlier| {
                let same = later.power == earlier.power;
                if same {
                    earlier.to = later.to;
                }
                same
            });
            spans.retain(|span| span.to > from);
            if let Some(first) = spans.first_mut() {
                first.from = first.from.max(from);
            }
        }
        Self { title: title.to_owned(), from, to, nodes, claims: Vec::new(), marks: Vec::new() }
    }

    /// When each node was not up, from the first sign of its going down until it was up again.
    fn outages(&self) -> Vec<(&str, Duration, Duration)> {
        let mut outages: Vec<(&str, Duration, Duration)> = Vec::new();
        for (node, spans) in &self.nodes {
            for span in spans.iter().filter(|span| span.power.boot().is_none()) {
                match outages.last_mut() {
                    Some((last, _, to)) if last == node && *to == span.from => *to = span.to,
                    _ => outages.push((node, span.from, span.to)),
                }
            }
        }
        outages
    }

    /// The rule: no two nodes are down at once. `excused` counts as up from that time on, for an operator has said that
    /// it stays down.
    pub(crate) fn overlaps(&self, excused: Option<(&str, Duration)>) -> Vec<Overlap> {
        let outages: Vec<_> = self
            .outages()
            .into_iter()
            .map(|(node, from, to)| match excused {
                Some((name, since)) if name == node => (node, from, to.min(since)),
                _ => (node, from, to),
            })
            .filter(|(_, from, to)| from < to)
            .collect();
        let mut overlaps = Vec::new();
        for (index, (one, from, to)) in outages.iter().enumerate() {
            for (other, begins, ends) in &outages[index + 1..] {
                let (from, to) = (*from.max(begins), *to.min(ends));
                if one != other && from < to {
                    overlaps.push(Overlap { nodes: [(*one).to_owned(), (*other).to_owned()], from, to });
                }
            }
        }
        overlaps
    }

    /// How long each node took from the first sign of its going down until it was reset or off.
    pub(crate) fn farewells(&self) -> Vec<(String, Duration)> {
        let going = |(node, spans): (&String, &Vec<Span>)| {
            let spans = spans.iter().filter(|span| span.power == Power::GoesDown);
            spans.map(|span| (node.clone(), span.to.saturating_sub(span.from))).collect::<Vec<_>>()
        };
        self.nodes.iter().flat_map(going).collect()
    }

    /// How long each node was down, in the order in which they went.
    pub(crate) fn outings(&self) -> Vec<(String, Duration)> {
        let mut outages = self.outages();
        outages.sort_by_key(|(_, from, _)| *from);
        outages.into_iter().map(|(node, from, to)| (node.to_owned(), to.saturating_sub(from))).collect()
    }
}

#[cfg(test)]
mod tests;
