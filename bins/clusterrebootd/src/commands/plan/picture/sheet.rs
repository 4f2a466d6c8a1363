//! The few shapes of SVG that a plan is drawn with.

use std::fmt::Write;

use super::{GROUND, INK, LINE};

/// How a text is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    size: f64,
    hue: &'static str,
    bold: bool,
    anchor: &'static str,
}

impl Style {
    pub(super) const fn of(size: f64, hue: &'static str) -> Self {
        Self { size, hue, bold: false, anchor: "start" }
    }

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// It ends where it would begin.
    pub(super) const fn right(self) -> Self {
        Self { anchor: "end", ..self }
    }
}

/// A picture in the making, as wide as it is told and as high as it becomes.
pub(super) struct Sheet {
    width: f64,
    body: String,
}

impl Sheet {
    pub(super) const fn new(width: f64) -> Self {
        Self { width, body: String::new() }
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        writeln!(self.body, "{element}").ok();
    }

    pub(super) fn text(&mut self, x: f64, y: f64, style: Style, text: &str) {
        let Style { size, hue, bold, anchor } = style;
        let weight = if bold { " font-weight=\"600\"" } else { "" };
        let anchor = if anchor == "start" { String::new() } else { format!(" text-anchor=\"{anchor}\"") };
        let text = escaped(text);
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" fill=\"{hue}\"{weight}{anchor}>{text}</text>"
        ));
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, hue: &str) {
        self.put(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{hue}\"/>"
        ));
    }

    pub(super) fn round(&mut self, x: f64, y: f64, width: f64, height: f64, radius: f64, hue: &str) {
        self.put(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius}\" fill=\"{hue}\"/>"
        ));
    }

    /// A shape that tells what it is to whoever points at it.
    pub(super) fn bar(&mut self, area: [f64; 4], radius: f64, hue: &str, about: &str) {
        let [x, y, width, height] = area;
        let about = escaped(about);
        self.put(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius}\" fill=\"{hue}\">\
             <title>{about}</title></rect>"
        ));
    }

    /// What is drawn until [`close`](Self::close) is seen within this shape alone.
    pub(super) fn open_clip(&mut self, id: &str, x: f64, y: f64, width: f64, height: f64, radius: f64) {
        self.put(format_args!(
            "<clipPath id=\"{id}\"><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             rx=\"{radius}\"/></clipPath>\n<g clip-path=\"url(#{id})\">"
        ));
    }

    pub(super) fn close(&mut self) {
        self.put(format_args!("</g>"));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64)) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(format_args!(
            "<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" stroke=\"{LINE}\" stroke-width=\"1\"/>"
        ));
    }

    pub(super) fn curve(&mut self, points: &[(f64, f64)]) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let points = points.join(" ");
        self.put(format_args!(
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{INK}\" stroke-width=\"1.5\" \
             stroke-linejoin=\"round\"/>"
        ));
    }

    /// The whole picture, with words for who cannot see it.
    pub(super) fn finish(self, height: f64, title: &str, about: &str) -> String {
        let Self { width, body } = self;
        let (title, about) = (escaped(title), escaped(about));
        let (inner_width, inner_height) = (width - 1.0, height - 1.0);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-labelledby=\"title about\" \
             font-family=\"system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif\">\n\
             <title id=\"title\">{title}</title>\n<desc id=\"about\">{about}</desc>\n\
             <rect x=\"0.5\" y=\"0.5\" width=\"{inner_width:.1}\" height=\"{inner_height:.1}\" rx=\"10\" \
             fill=\"{GROUND}\" stroke=\"{LINE}\"/>\n{body}</svg>\n"
        )
    }
}

/// A text as it may stand in XML, whatever is in it.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML 1.0 has no room for these, in whatever form.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}
