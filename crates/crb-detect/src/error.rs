//! Why a change cannot be noticed at once.

/// Why a marker's directory cannot be watched. The detector is still looked at, once every check interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// The system gives no inotify instance, because the user has too many or the process has too many files open.
    #[error("no inotify instance is to be had: {error}")]
    NoInstance {
        /// What the system says.
        error: String,
    },
    /// The directory refuses.
    #[error("{directory} cannot be watched: {error}")]
    Directory {
        /// The directory.
        directory: String,
        /// What the system says.
        error: String,
    },
}
