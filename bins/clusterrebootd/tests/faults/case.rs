//! One row of the table: a fleet of three, a fault at a step of one of them, and what must come of it.

mod strike;

use std::time::Duration;

use crb_testbed::{EtcdCluster, Fleet, History, Line, Outing, TestNode, poll_until};

use crate::report::Verdict;
use crate::scene::{Scene, node};
use crate::step::Step;
use crate::table::Row;

/// How long anything may take that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The one that the fault strikes.
const VICTIM: &str = "node-0";

/// What all rows share.
pub(crate) struct Bed<'a> {
    pub(crate) cluster: &'a EtcdCluster,
    pub(crate) history: &'a History,
}

/// A row at work.
struct Case<'a> {
    row: &'a Row,
    scene: Scene<'a>,
    line: Line,
}

pub(crate) fn run(row: &Row, bed: &Bed<'_>) -> Verdict {
    let namespace = row.name();
    let line = Line::to(&bed.cluster.endpoints());
    let direct = bed.cluster.endpoints();
    let fleet = Fleet::new(if row.slots == 1 { 3 } else { 4 }, |name| {
        let way = if name == VICTIM { line.urls() } else { &direct };
        node(name, &namespace, row.slots, way)
    });
    let scene = Scene::new(fleet, bed.history, &namespace, row.slots);
    let mut case = Case { row, scene, line };
    case.strike();
    case.scene.finish();
    case.check(bed.cluster);
    Verdict::Held
}

impl Case<'_> {
    fn strike(&mut self) {
        for node in &mut self.scene.fleet.nodes[1..] {
            node.start();
        }
        self.await_that("the others are well", |case| {
            case.others().iter().all(|name| case.scene.is_well(name))
        });
        if self.row.step != Step::Join {
            self.victim().start();
            self.await_that("all are well", |case| case.scene.is_well(VICTIM));
        }
        if self.row.step.is_after_boot() {
            self.victim().need_reboot();
            let ended = self.victim().exit_code();
            assert_eq!(ended, None, "the machine goes down");
        }
        match (self.row.step.signature(), self.row.step.script()) {
            (Some(_), _) => self.strike_at_request(),
            (None, Some(phase)) => self.strike_at_script(phase),
            (None, None) => self.strike_at_boot(),
        }
    }

    /// Waits until the victim's leases have ended, while the others do what they can; then its claim must be as the
    /// row says.
    fn await_lapse(&mut self) {
        self.await_that("the victim's leases end", |case| case.scene.has_lapsed(VICTIM));
        self.await_others();
    }

    /// Waits until the others are on their way; then the victim's claim must be as the row says.
    fn await_others(&mut self) {
        self.await_that("the others are on their way", |case| {
            case.others().iter().all(|name| case.scene.is_on_its_way(name))
        });
        let wanted = self.row.meanwhile;
        self.await_that("the claim is as it must be", |case| case.scene.claim(VICTIM) == wanted);
    }

    /// Waits, and boots the others meanwhile.
    fn await_that(&mut self, what: &str, mut is: impl FnMut(&Self) -> bool) {
        let came = poll_until(PATIENCE, || {
            self.scene.fleet.boot_the_fallen_but(VICTIM);
            is(self).then_some(())
        });
        let claim = self.scene.claim(VICTIM);
        assert!(
            came.is_some(),
            "waited in vain: {what}; the claim is {claim:?}; {}",
            self.scene.fleet.told()
        );
    }

    fn check(&self, cluster: &EtcdCluster) {
        let outings = self.scene.judged(cluster);
        let of = |name: &str| -> (Vec<String>, usize) {
            let theirs = outings.iter().filter(|outing| outing.node == name);
            let outcome = |outing: &Outing| outing.end.as_ref().map(|end| end.outcome.clone());
            let starts = theirs.clone().map(|outing| outing.starts.len()).sum();
            (theirs.filter_map(outcome).collect(), starts)
        };
        let (endings, starts) = of(VICTIM);
        let told = || format!("{outings:#?}\n{}", self.scene.fleet.told());
        assert_eq!(endings, self.row.endings, "how the claims of the victim ended; {}", told());
        assert_eq!(starts, self.row.starts, "how often the victim ran its command; {}", told());
        for name in self.others() {
            assert_eq!(of(&name), (vec!["released".to_owned()], 1), "what became of {name}; {}", told());
        }
    }

    fn others(&self) -> Vec<String> {
        self.scene.fleet.nodes[1..].iter().map(|node| node.name().to_owned()).collect()
    }

    fn victim(&mut self) -> &mut TestNode {
        &mut self.scene.fleet.nodes[0]
    }
}
