//! A timeline as a picture.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Power, Timeline};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 90.0;
const TOP: f64 = 52.0;
const ROW: f64 = 44.0;

/// Draws it; every bar tells what it is to whoever points at it.
pub(crate) fn svg(timeline: &Timeline) -> String {
    let mut body = String::new();
    let whole = timeline.to.saturating_sub(timeline.from).as_secs_f64().max(0.001);
    let x =
        |at: Duration| LEFT + (WIDTH - LEFT - 20.0) * at.saturating_sub(timeline.from).as_secs_f64() / whole;
    let bar =
        |body: &mut String, (from, to): (Duration, Duration), y: f64, height: f64, hue: &str, about: &str| {
            let (begin, end) = (x(from), x(to));
            let about = escaped(about);
            // Writing to a string cannot fail.
            writeln!(
                body,
                "<rect x=\"{begin:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{hue}\">\
             <title>{about}</title></rect>",
                end - begin
            )
            .ok();
        };
    let mut y = TOP;
    for (node, spans) in &timeline.nodes {
        writeln!(body, "<text x=\"14\" y=\"{:.1}\">{}</text>", y + 15.0, escaped(node)).ok();
        for span in spans {
            let (hue, word) = look(&span.power);
            let about =
                format!("{node}: {word} for {:.1} s", (span.to.saturating_sub(span.from)).as_secs_f64());
            bar(&mut body, (span.from, span.to), y, 20.0, hue, &about);
        }
        for claim in timeline.claims.iter().filter(|claim| claim.node == *node) {
            bar(&mut body, (claim.from, claim.to), y + 23.0, 5.0, "#7a4fc9", &format!("the claim of {node}"));
        }
        y += ROW;
    }
    let lanes = y;
    for (at, what) in &timeline.marks {
        let (x, what) = (x(*at), escaped(what));
        y += 16.0;
        writeln!(
            body,
            "<path d=\"M{x:.1} {:.1}V{lanes:.1}\" stroke=\"#555\" stroke-dasharray=\"3 3\"/>\n\
             <text x=\"14\" y=\"{:.1}\" font-size=\"12\">{} s: {what}</text>",
            TOP - 8.0,
            y,
            at.saturating_sub(timeline.from).as_secs(),
        )
        .ok();
    }
    let height = y + 34.0;
    let title = escaped(&timeline.title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" \
         height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"14\" y=\"26\" font-weight=\"600\">{title}</text>\n\
         <text x=\"{:.0}\" y=\"26\" font-size=\"12\" text-anchor=\"end\">green: up, orange: going down, blue: coming up, \
         red: off, violet: its claim in etcd; {whole:.0} s in all</text>\n{body}</svg>\n",
        WIDTH - 20.0
    )
}

const fn look(power: &Power) -> (&'static str, &'static str) {
    match power {
        Power::Off => ("#c62f2f", "off"),
        Power::Boots => ("#3f7fbf", "coming up"),
        Power::Up(_) => ("#5aa469", "up"),
        Power::GoesDown => ("#e08a2c", "going down"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
