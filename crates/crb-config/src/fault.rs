//! What is wrong with a configuration, where, and what to write instead.

use std::{fmt, sync::Arc};

use miette::{Diagnostic, LabeledSpan, SourceCode};

use crate::{source::Sources, tree::Span};

/// Whether a fault keeps the configuration from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// The configuration is used, and its operator is told.
    Warning,
}

/// One thing that is wrong with a configuration.
///
/// As text it is its message alone. Through [`miette::Diagnostic`] it also has its code, its hint, and the
/// places in the files that it speaks of.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    severity: Severity,
    code: &'static str,
    message: String,
    hint: Option<String>,
    labels: Vec<LabeledSpan>,
    sources: Option<Arc<Sources>>,
}

impl Fault {
    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { severity: Severity::Error, code, message, hint: None, labels: Vec::new(), sources: None }
    }

    pub(crate) fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Underlines `span`. The first place is where the fault is; further ones are what it clashes with.
    pub(crate) fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        let label = Some(label.into()).filter(|label| !label.is_empty());
        let place = (span.start, span.end - span.start);
        self.labels.push(match self.labels.as_slice() {
            [] => LabeledSpan::new_primary_with_span(label, place),
            _ => LabeledSpan::new_with_span(label, place),
        });
        self
    }

    pub(crate) fn advise(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn within(mut self, sources: &Arc<Sources>) -> Self {
        for label in &mut self.labels {
            let place = sources.underlined(label.offset()..label.offset() + label.len());
            let text = label.label().map(str::to_owned);
            let place = (place.start, place.len());
            *label = if label.primary() {
                LabeledSpan::new_primary_with_span(text, place)
            } else {
                LabeledSpan::new_with_span(text, place)
            };
        }
        self.sources = Some(Arc::clone(sources));
        self
    }

    /// Whether the configuration is refused.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The stable name of this kind of fault, such as `config::lock_ttl_too_short`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What to write instead.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The file that the fault is in, and the line and the column, both counted from 1; `None` when a whole
    /// file is at fault.
    pub fn position(&self) -> Option<(&str, usize, usize)> {
        let first = self.labels.first()?;
        self.sources.as_ref()?.place(first.offset())
    }

    /// How many bytes of the files stand before the fault.
    pub(crate) fn offset(&self) -> usize {
        self.labels.first().map_or(0, LabeledSpan::offset)
    }
}

impl Diagnostic for Fault {
    fn code(&self) -> Option<Box<dyn fmt::Display + '_>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.sources.as_deref().map(|sources| sources as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// Everything that is wrong with a configuration that is refused, warnings included, in the order of the
/// files.
#[derive(Debug, Clone, thiserror::Error)]
#[error("configuration has {}", count(.0))]
pub struct Faults(pub(crate) Vec<Fault>);

impl Faults {
    /// The faults, in the order of the files.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn count(faults: &[Fault]) -> String {
    match faults.iter().filter(|fault| fault.severity == Severity::Error).count() {
        1 => "1 fault".to_owned(),
        errors => format!("{errors} faults"),
    }
}
