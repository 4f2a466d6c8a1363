//! `forget`: strikes a node off the roster that is no more.

use crb_decide::ExitCode;
use crb_health::HealthRecord;
use crb_lock::OperatorError;
use serde::Serialize;

use super::failure::Failure;
use super::record::ReportShown;
use super::{confirm, row, sit_down};
use crate::cli::ForgetArgs;
use crate::system::System;
use crate::words::{Moment, plain};

/// The document.
#[derive(Debug, Serialize)]
struct Document {
    forgotten: String,
    by: String,
    reason: String,
    last_report: Option<ReportShown>,
}

pub(crate) fn run(args: &ForgetArgs, system: &System) -> ExitCode {
    sit_down(&args.desk.config, args.desk.output, system, async |desk| {
        let (node, operator) = (&args.node, &desk.operator);
        let shown = match operator.forgettable(node).await {
            Err(OperatorError::NotOnRoster { node }) => {
                return Err(Failure::Unknown(node, operator.survey().await?));
            }
            shown => shown?,
        };
        desk.show(&[
            format!("{node} is on the roster, is not present, and has no claim."),
            row("last report", &of_report(shown.report.as_ref(), &desk.moment())),
        ]);
        confirm(&format!("Is {node} no more, and to be struck off the roster?"), args.yes)?;
        let report = operator.forget(node, &args.reason, (desk.clock)()).await?;
        let line = format!(
            "Forgotten: {node} is off the roster, and holds nobody back. If its daemon starts again, it is back on it."
        );
        let document = Document {
            forgotten: node.to_string(),
            by: desk.who.clone(),
            reason: args.reason.clone(),
            last_report: report.as_ref().map(ReportShown::from),
        };
        Ok(desk.answer(&[line], &document))
    })
}

/// What a node last said of itself, and when.
pub(super) fn of_report(report: Option<&HealthRecord>, moment: &Moment) -> String {
    let Some(HealthRecord { healthy, stage, reason, reported_at, .. }) = report else {
        return "none that can be read".to_owned();
    };
    let when = moment.local_and_away(*reported_at);
    match (healthy, reason.as_str()) {
        (true, _) => format!("{when}: healthy"),
        (false, "") => format!("{when}: unhealthy ({})", plain(stage)),
        (false, reason) => format!("{when}: unhealthy ({}): {}", plain(stage), plain(reason)),
    }
}
