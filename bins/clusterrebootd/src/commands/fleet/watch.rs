//! `--watch`: shows the fleet anew with every change, by watches alone.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crb_decide::ExitCode;
use crb_lock::{Fleet, Onlooker, Picture};
use crb_observe::Clock;
use jiff::Timestamp;
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::chosen;
use super::document::Document;
use super::feed::{News, feed};
use super::look::Look;
use super::screen::Screen;
use super::text;
use crate::cli::{FleetArgs, Output};
use crate::output;
use crate::system::{self, System};
use crate::words::{Moment, plain, span};

/// Changes that follow each other sooner are shown at once.
const PACE: Duration = Duration::from_millis(100);

/// How often times are counted on. Etcd is not asked for that.
const TICK: Duration = Duration::from_secs(1);

/// How many changes may wait to be taken in.
const BACKLOG: usize = 1_024;

/// What is shown, and where.
struct View<'a> {
    args: &'a FleetArgs,
    picture: Picture,
    /// Since when etcd is not heard, and why.
    lost: Option<(Timestamp, String)>,
    system: &'a System,
    to: To,
}

enum To {
    /// A terminal, drawn over and over.
    Screen(Screen),
    /// A document or a text after every change; with what was shown last.
    Stream(Option<Box<Fleet>>),
}

/// Shows the fleet until `end`.
pub(super) async fn watch(
    onlooker: Arc<Onlooker>,
    picture: Picture,
    args: &FleetArgs,
    system: &System,
    clock: Clock,
    end: impl Future<Output = String>,
) -> io::Result<ExitCode> {
    let mut resized = signal(SignalKind::window_change())?;
    let (sender, mut news) = mpsc::channel(BACKLOG);
    let from = picture.revision();
    tokio::spawn(feed(onlooker, from, Arc::clone(&clock), sender));
    let to = match (args.desk.output, system::terminal_size()) {
        (Output::Text, Some(_)) => To::Screen(Screen::take()),
        _ => To::Stream(None),
    };
    let mut view = View { args, picture, lost: None, system, to };
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (mut drawn, mut is_due) = (Instant::now(), true);
    if !view.show(clock()) {
        return Ok(ExitCode::Success);
    }
    let mut end = std::pin::pin!(end);
    loop {
        select! {
            biased;
            _ = &mut end => return Ok(ExitCode::Success),
            () = sleep_until(drawn + PACE), if is_due => {
                if !view.show(clock()) {
                    return Ok(ExitCode::Success);
                }
                (drawn, is_due) = (Instant::now(), false);
            }
            told = news.recv() => {
                // The feed ends with its listener, which we are.
                let Some(told) = told else { return Ok(ExitCode::Failure) };
                view.take(told, clock());
                is_due = true;
            }
            _ = resized.recv() => is_due = true,
            _ = tick.tick() => is_due = true,
        }
    }
}

impl View<'_> {
    fn take(&mut self, news: News, now: Timestamp) {
        match news {
            News::Changed(batch) => self.picture.apply(batch, now),
            News::Anew(mut picture) => {
                picture.remember(&self.picture);
                self.picture = *picture;
                if self.lost.take().is_some() && matches!(self.to, To::Stream(_)) {
                    output::complaint("clusterrebootd: etcd answers again");
                }
            }
            News::Lost(error) => {
                let since = self.lost.as_ref().map_or(now, |(since, _)| *since);
                if self.lost.is_none() && matches!(self.to, To::Stream(_)) {
                    output::complaint(&format!(
                        "clusterrebootd: etcd is not heard, and what was shown last may be past: {error}"
                    ));
                }
                self.lost = Some((since, plain(&error.to_string())));
            }
        }
    }

    /// Shows what there is, and says whether there is still a reader.
    fn show(&mut self, now: Timestamp) -> bool {
        let fleet = self.picture.fleet(now);
        match &mut self.to {
            To::Screen(screen) => {
                let (columns, height) = system::terminal_size().unwrap_or(system::USUAL_SIZE);
                // A letter in the last column would be wiped out with what stands behind it.
                let look = Look::of(
                    Some(columns.saturating_sub(1)),
                    self.system.letters,
                    self.system.colour_out(),
                    now,
                );
                screen.draw(&screenful(&fleet, self.args, self.lost.as_ref(), &look, height))
            }
            To::Stream(shown) => {
                if self.lost.is_some() || shown.as_deref() == Some(&fleet) {
                    return true;
                }
                let rows = chosen(&fleet, self.args);
                let told = match self.args.desk.output {
                    Output::Json => {
                        let document = Document::of(&fleet, &rows, now);
                        serde_json::to_string(&document).expect("text and numbers are always JSON") + "\n"
                    }
                    Output::Text => {
                        let gap = if shown.is_some() { "\n" } else { "" };
                        format!(
                            "{gap}{}",
                            text::told(&fleet, &rows, &Look::of(None, self.system.letters, false, now))
                        )
                    }
                };
                *shown = Some(Box::new(fleet));
                output::raw(&told)
            }
        }
    }
}

/// What a terminal of this height shows: the time, or since when it may be past, and as much of the fleet as there is
/// room for.
fn screenful(
    fleet: &Fleet,
    args: &FleetArgs,
    lost: Option<&(Timestamp, String)>,
    look: &Look,
    height: usize,
) -> Vec<String> {
    let moment = Moment { now: look.now, zone: system::zone() };
    let mut lines = vec![match lost {
        None => look.fit(&format!("{}  Ctrl-C ends", moment.local(look.now))),
        Some((since, error)) => {
            let stale = format!(
                "STALE for {}, since {}: etcd is not heard",
                span(look.now.duration_since(*since)),
                moment.local(*since),
            );
            look.fit(&format!("{}: {error}", look.paint(&stale, "31")))
        }
    }];
    let rows = chosen(fleet, args);
    lines.extend(text::lines(fleet, &rows, look));
    if lines.len() > height {
        let shown = height.saturating_sub(1);
        let more = look.letters.either("…", "...");
        let hidden = lines.len() - shown;
        lines.truncate(shown);
        lines.push(look.fit(&format!("{more} and {hidden} more: --state and --sort choose")));
    }
    lines
}
