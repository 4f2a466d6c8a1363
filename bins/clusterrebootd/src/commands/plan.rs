//! `plan`: what a roll-out would come to, by the decisions of the daemon on a virtual clock.

mod assumed;
mod axis;
mod brief;
mod document;
mod file;
mod lengths;
mod live;
mod local;
mod picture;
#[cfg(test)]
mod sample;
mod text;
mod told;

use crb_config::Settings;
use crb_decide::ExitCode;
use crb_observe::Clock;
use crb_sim::plan::forecast;
use jiff::Timestamp;

use crate::cli::{Output, PlanArgs};
use crate::commands::{block_on, config, pager};
use crate::output;
use crate::system::{self, System};
use brief::Brief;
use told::Told;

pub(crate) fn run(args: &PlanArgs, system: &System) -> ExitCode {
    let settings = match config::read(&args.config.config, system) {
        Ok(loaded) => loaded.settings,
        Err(code) => return code,
    };
    let clock = system::clock();
    let now = clock();
    let zone = settings.windows.zone();
    let Some(from) = args.from.as_ref().map_or(Some(now), |moment| moment.instant(zone)) else {
        output::complaint("clusterrebootd: the time of --from is too far off");
        return ExitCode::Usage;
    };
    block_on(async move {
        let brief = match args.nodes {
            Some(nodes) => Ok(assumed::brief(&settings, nodes, args.reboot_time, from)),
            None => live(&settings, args, &clock, now, from).await,
        };
        match brief {
            Ok(brief) => show(&brief, args, system).await,
            Err(error) => output::failure(&error),
        }
    })
}

async fn live(
    settings: &Settings,
    args: &PlanArgs,
    clock: &Clock,
    now: Timestamp,
    from: Timestamp,
) -> Result<Brief, live::Unread> {
    let fleet = live::read(settings, clock, now).await?;
    Ok(live::brief(settings, &fleet, live::Wish { all: args.all, usual: args.reboot_time, now, from }))
}

async fn show(brief: &Brief, args: &PlanArgs, system: &System) -> ExitCode {
    let forecast = forecast(&brief.outset);
    let told = Told::new(brief, &forecast);
    if let Some(path) = &args.to_svg
        && let Err(error) = file::put(path, &picture::drawn(&told))
    {
        return output::failure(&error);
    }
    match args.output {
        Output::Text => pager::show(&text::shown(&told, &text::Look::of(system)), args.no_pager).await,
        Output::Json => output::streamed(&document::Plan::of(&told)),
    }
    if forecast.is_whole() { ExitCode::Success } else { ExitCode::Failure }
}
