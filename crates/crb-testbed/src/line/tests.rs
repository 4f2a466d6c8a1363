use std::process::{Output, Stdio};
use std::thread;

use super::*;
use crate::daemon::Process;
use crate::{EtcdCluster, tools};

fn etcdctl(line: &Line, arguments: &[&str]) -> Output {
    let mut command = tools::etcdctl();
    command.args(["--endpoints", &line.urls()[0], "--command-timeout", "2s"]).args(arguments);
    command.stdin(Stdio::null()).output().expect("etcdctl")
}

fn put(line: &Line) -> bool {
    etcdctl(line, &["put", "key", "value"]).status.success()
}

fn stands(cluster: &EtcdCluster) -> bool {
    cluster.etcdctl(&["get", "key", "--print-value-only"]).stdout == b"value\n"
}

fn put_is_caught(line: &Line, moment: Moment) -> Catch {
    line.catch(Signature::with(["key", "value"]).without(["other"]), moment)
}

#[test]
fn an_etcd_line_passes_everything_until_it_is_cut() {
    let cluster = EtcdCluster::start(1);
    let line = Line::to(&cluster.endpoints());
    assert!(put(&line));
    line.cut();
    assert!(!put(&line));
    line.mend();
    assert!(put(&line));
}

#[test]
fn an_etcd_line_holds_a_request_that_etcd_does_not_see_before_it_passes() {
    let cluster = EtcdCluster::start(1);
    let line = Line::to(&cluster.endpoints());
    let catch = put_is_caught(&line, Moment::Request);
    thread::scope(|scope| {
        let client = scope.spawn(|| put(&line));
        let held = catch.wait("the put");
        assert!(!stands(&cluster));
        held.pass();
        assert!(client.join().unwrap());
    });
    assert!(stands(&cluster));
}

#[test]
fn an_etcd_line_loses_a_request_or_the_answer_alone() {
    for (moment, applied) in [(Moment::Request, false), (Moment::Answer, true)] {
        let cluster = EtcdCluster::start(1);
        let line = Line::to(&cluster.endpoints());
        let catch = put_is_caught(&line, moment);
        thread::scope(|scope| {
            let client = scope.spawn(|| put(&line));
            catch.wait("the put").lose();
            assert!(!client.join().unwrap(), "the client heard an answer");
        });
        assert_eq!(stands(&cluster), applied, "{moment:?}");
        assert!(put(&line), "the next connection is as good as any");
    }
}

#[test]
fn an_etcd_line_delivers_a_request_whose_sender_has_gone() {
    let cluster = EtcdCluster::start(1);
    let line = Line::to(&cluster.endpoints());
    let catch = put_is_caught(&line, Moment::Request);
    let mut command = tools::etcdctl();
    // A client that has a deadline tells etcd, which then does nothing for it afterwards.
    command.args(["--endpoints", &line.urls()[0], "--command-timeout", "1h", "put", "key", "value"]);
    let client = Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()));
    let held = catch.wait("the put");
    drop(client);
    assert!(!stands(&cluster));
    held.deliver();
    assert!(stands(&cluster));
}
