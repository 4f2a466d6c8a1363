//! `cargo xtask demo`: build the daemon and let it show a fleet at work.

use std::ffi::OsString;

use xtask::{Failure, Tool, Workspace, see_to};

pub(crate) fn run(workspace: &Workspace, args: Vec<OsString>) -> Result<(), Failure> {
    see_to(workspace, &[Tool::Protoc])?;
    eprintln!("building clusterrebootd; the first time this takes some minutes");
    let demo = workspace.cargo("run --package clusterrebootd -- demo").args(args);
    Err(demo.become_it())
}
