//! Notices by inotify that something of a name comes into a directory, or goes.

use std::ffi::OsString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use tokio::net::unix::pipe;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::WatchError;

/// How long a directory is left alone once something happened in it, before what happened is read. What comes and
/// goes within is one change, and in a directory with much traffic, such as `/run`, this many wake-ups are the most.
const SETTLE: Duration = Duration::from_millis(20);

/// How long the file system may take to begin the watch; one on a network may hang.
const LIMIT: Duration = Duration::from_secs(10);

/// How often the search begins anew because a directory was made that it had found missing.
const TRIES: usize = 8;

/// What happens to names in a directory. What is written into files does not count.
const NAMES: WatchFlags =
    WatchFlags::CREATE.union(WatchFlags::MOVED_TO).union(WatchFlags::DELETE).union(WatchFlags::MOVED_FROM);

/// What happens to the directory itself, which must be one.
const DIRECTORY: WatchFlags = WatchFlags::DELETE_SELF.union(WatchFlags::MOVE_SELF).union(WatchFlags::ONLYDIR);

/// The directory itself is another, or events were lost.
const UPHEAVAL: ReadFlags = ReadFlags::DELETE_SELF
    .union(ReadFlags::MOVE_SELF)
    .union(ReadFlags::UNMOUNT)
    .union(ReadFlags::IGNORED)
    .union(ReadFlags::QUEUE_OVERFLOW);

/// Room for the events of one reading; several hundred of them.
const BUFFER: usize = 16 * 1024;

/// A watch of the directory of a path, or while that is not there, of the nearest one above it that is.
pub(crate) struct PathWatch {
    directory: PathBuf,
    name: OsString,
    /// No pipe, but read as one: tokio has no other safe way to wait for a descriptor that it does not know.
    instance: pipe::Receiver,
}

impl PathWatch {
    /// Begins to watch. From then on nothing is missed.
    pub(crate) async fn begin(path: &Path) -> Result<Self, WatchError> {
        let path = path.to_owned();
        let hung = WatchError::Directory {
            directory: path.display().to_string(),
            error: format!("no answer within {LIMIT:?}"),
        };
        // The look at the path may hang, and with it whoever asks for a watch.
        let begun = timeout(LIMIT, spawn_blocking(move || begin(&path))).await;
        let (directory, name, instance) = begun.map_err(|_| hung)?.map_err(|error| no_instance(&error))??;
        Ok(Self {
            directory,
            name,
            instance: pipe::Receiver::from_owned_fd_unchecked(instance)
                .map_err(|error| no_instance(&error))?,
        })
    }

    /// Returns when something may have changed at the path: when the name came or went, or when the directories above
    /// it did. Then begin anew, and look.
    pub(crate) async fn stirred(&self) -> Result<(), WatchError> {
        loop {
            self.instance.readable().await.map_err(|error| self.failed(&error))?;
            sleep(SETTLE).await;
            match self.instance.try_io(|| read(&self.instance, self.name.as_bytes())) {
                Ok(true) => return Ok(()),
                // Others' names, or nothing after all.
                Ok(false) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
    }

    fn failed(&self, error: &io::Error) -> WatchError {
        WatchError::Directory { directory: self.directory.display().to_string(), error: error.to_string() }
    }
}

fn no_instance(error: &dyn ToString) -> WatchError {
    WatchError::NoInstance { error: error.to_string() }
}

/// The directory to watch, the name to wait for in it, and the instance that watches.
fn begin(path: &Path) -> Result<(PathBuf, OsString, OwnedFd), WatchError> {
    let mut tries = 0;
    let mut awaited = path;
    loop {
        let instance = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)
            .map_err(|error| no_instance(&error))?;
        let directory = match awaited.parent() {
            Some(above) if above.as_os_str().is_empty() => Path::new("."),
            Some(above) => above,
            None => awaited,
        };
        match inotify::add_watch(&instance, directory, NAMES | DIRECTORY) {
            Ok(_) if tries < TRIES && awaited != path && awaited.is_dir() => {
                // It was made in the meantime.
                tries += 1;
                awaited = path;
            }
            Ok(_) => {
                let name = awaited.file_name().unwrap_or_default().to_owned();
                return Ok((directory.to_owned(), name, instance));
            }
            Err(Errno::NOENT | Errno::NOTDIR) if directory != awaited && directory != Path::new(".") => {
                awaited = directory;
            }
            Err(error) => {
                let directory = directory.display().to_string();
                return Err(WatchError::Directory { directory, error: error.to_string() });
            }
        }
    }
}

/// Reads some of what happened: whether any of it concerns `name`.
fn read(instance: impl AsFd, name: &[u8]) -> io::Result<bool> {
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    let mut reader = Reader::new(instance, &mut buffer);
    let mut concerned = false;
    loop {
        let event = reader.next()?;
        concerned |= event.events().intersects(UPHEAVAL)
            || event.file_name().is_some_and(|named| named.to_bytes() == name);
        if reader.is_buffer_empty() {
            return Ok(concerned);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// So long that only a fault takes longer.
    const AMPLE: Duration = Duration::from_secs(30);

    type Act = fn(&Path);

    async fn watch_after(before: Act) -> (TempDir, PathWatch) {
        let root = tempfile::tempdir().unwrap();
        before(root.path());
        let watch = PathWatch::begin(&root.path().join("run/own/marker")).await.unwrap();
        (root, watch)
    }

    fn make(root: &Path) {
        fs::create_dir_all(root.join("run/own")).unwrap();
    }

    fn make_with_marker(root: &Path) {
        make(root);
        put(root);
    }

    fn put(root: &Path) {
        fs::write(root.join("run/own/marker"), "").unwrap();
    }

    #[tokio::test]
    async fn stirs_when_something_of_the_name_or_above_it_comes_or_goes() {
        let table: [(&str, Act, Act); 11] = [
            ("written", make, put),
            ("made as a directory", make, |root| fs::create_dir(root.join("run/own/marker")).unwrap()),
            ("linked", make, |root| {
                std::os::unix::fs::symlink("nowhere", root.join("run/own/marker")).unwrap();
            }),
            ("moved in", make, |root| {
                fs::write(root.join("run/own/marker.new"), "").unwrap();
                fs::rename(root.join("run/own/marker.new"), root.join("run/own/marker")).unwrap();
            }),
            ("deleted", make_with_marker, |root| fs::remove_file(root.join("run/own/marker")).unwrap()),
            ("moved away", make_with_marker, |root| {
                fs::rename(root.join("run/own/marker"), root.join("marker")).unwrap();
            }),
            ("the directory is deleted", make_with_marker, |root| {
                fs::remove_dir_all(root.join("run/own")).unwrap();
            }),
            ("the directory is moved", make, |root| {
                fs::rename(root.join("run/own"), root.join("run/other")).unwrap();
            }),
            ("the directory is made", |root| fs::create_dir(root.join("run")).unwrap(), make),
            ("the directories are made", |_| {}, make),
            (
                "in the way was a file",
                |root| fs::write(root.join("run"), "").unwrap(),
                |root| {
                    fs::remove_file(root.join("run")).unwrap();
                },
            ),
        ];
        for (what, before, act) in table {
            let (root, watch) = watch_after(before).await;
            act(root.path());
            let stirred = timeout(AMPLE, watch.stirred()).await;
            assert_eq!(stirred, Ok(Ok(())), "{what}");
        }
    }

    #[tokio::test]
    async fn does_not_stir_for_others_nor_for_what_is_written() {
        let (root, watch) = watch_after(make_with_marker).await;
        let own = root.path().join("run/own");
        for name in ["a", "marker.new", "mark", "marker2"] {
            fs::write(own.join(name), "").unwrap();
            fs::remove_file(own.join(name)).unwrap();
        }
        fs::write(own.join("marker"), "text").unwrap();
        fs::write(root.path().join("run/marker"), "").unwrap();
        let read_on = || read(&watch.instance, watch.name.as_bytes());
        assert!(!read_on().unwrap());
        assert_eq!(read_on().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }

    #[tokio::test]
    async fn finds_the_name_in_the_traffic_of_others() {
        let (root, watch) = watch_after(make).await;
        let own = root.path().join("run/own");
        // More than one reading holds, and less than the system's queue (16384).
        for count in 0..3000 {
            fs::write(own.join(format!("other-{count}")), "").unwrap();
        }
        put(root.path());
        assert_eq!(timeout(AMPLE, watch.stirred()).await, Ok(Ok(())));
    }

    #[tokio::test]
    async fn says_what_cannot_be_watched() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("loop", root.path().join("loop")).unwrap();
        let refused = PathWatch::begin(&root.path().join("loop/marker")).await.err().unwrap();
        let expected = format!(
            "{}/loop cannot be watched: Too many levels of symbolic links (os error 40)",
            root.path().display()
        );
        assert_eq!(refused.to_string(), expected);
    }
}
