//! `health/kubernetes.sh`, and the hooks that drain and uncordon.

use crate::bed::{Answer, Bed, Case, Changes, Ran, changed, fails, says};

const NODES: &str = include_str!("fixtures/kube-nodes.json");
const PODS: &str = include_str!("fixtures/kube-pods.json");
const BUDGETS: &str = include_str!("fixtures/kube-pdb.json");

const GET_NODE: &str = "--request-timeout=10s get node node-1 -o json";
const PATCH_NODE: &str = "--request-timeout=10s patch node node-1 --type merge --patch *";
const DRAIN: &str = "drain node-1 --timeout=300s --ignore-daemonsets";

const FREE: &str = r#"{"metadata":{"name":"node-1","resourceVersion":"4711"},"spec":{}}"#;
const BY_A_HUMAN: &str =
    r#"{"metadata":{"name":"node-1","resourceVersion":"4711"},"spec":{"unschedulable":true}}"#;
const BY_US: &str = r#"{"metadata":{"name":"node-1","resourceVersion":"4711",
    "annotations":{"clusterrebootd/cordoned":"true"}},"spec":{"unschedulable":true}}"#;

fn health(phase: &str, settings: &str, changes: Changes) -> Ran {
    // A change is of whichever answer holds its place.
    let answer = |text: &str| {
        let own: Vec<_> = changes.iter().copied().filter(|(from, _)| text.contains(from)).collect();
        changed(text, &own)
    };
    for (from, _) in changes {
        assert!([NODES, PODS, BUDGETS].iter().any(|text| text.contains(from)), "there is no {from}");
    }
    let bed = Bed::new();
    bed.write("conf/health.d/kubernetes.conf", &format!("KUBE_NODE=node-1\n{settings}"));
    bed.tool(
        "kubectl",
        &[
            says("--request-timeout=10s get -o json nodes", answer(NODES)),
            says("* pods --all-namespaces --field-selector spec.nodeName=node-1", answer(PODS)),
            says("* poddisruptionbudgets --all-namespaces", answer(BUDGETS)),
        ],
    );
    bed.health("kubernetes", phase)
}

#[test]
fn nodes_are_ready_and_nobody_else_is_out() {
    let own = (
        "\"True\",\"reason\":\"KubeletReady\"}]}},\n{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"node-2\"",
        "\"False\"}]}},\n{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"node-2\"",
    );
    let other = ("\"True\",\"reason\":\"KubeletReady \"", "\"Unknown\",\"reason\":\"NodeStatusUnknown\"");
    let cordoned = ("\"podCIDR\":\"10.42.2.0/24\"", "\"unschedulable\":true");
    let drained = ("\"podCIDR\":\"10.42.0.0/24\"", "\"unschedulable\":true");
    let table: [Case; 11] = [
        ("all well", "pre-lock", "", &[], ""),
        ("all well", "heartbeat", "", &[], ""),
        ("own node drained by a hook", "post-lock", "", &[drained], ""),
        (
            "own node not Ready",
            "heartbeat",
            "",
            &[own],
            "node node-1 is not Ready; see kubectl describe node node-1",
        ),
        ("own node not Ready", "pre-lock", "", &[own], "node node-1 is not Ready"),
        ("another not Ready", "pre-lock", "", &[other], "other nodes are not Ready or cordoned: node-2; see"),
        ("another not Ready", "post-reboot", "", &[other], ""),
        ("another cordoned", "post-lock", "", &[cordoned], "other nodes are not Ready or cordoned: node-3"),
        ("one out is meant", "pre-lock", "KUBE_OUT_TOLERATED=1", &[cordoned], ""),
        ("two out", "pre-lock", "KUBE_OUT_TOLERATED=1", &[cordoned, other], "cordoned: node-2, node-3"),
        (
            "not in the cluster",
            "heartbeat",
            "KUBE_NODE=node-9",
            &[],
            "the cluster knows no node node-9 (KUBE_NODE)",
        ),
    ];
    for (situation, phase, settings, changes, message) in table {
        health(phase, settings, changes).is("kubernetes", situation, message);
    }
}

#[test]
fn disruption_budgets_let_every_pod_of_this_node_go() {
    let expression = |operator: &str| {
        format!(r#"{{"matchExpressions":[{{"key":"app","operator":"{operator}","values":["web"]}}]}}"#)
    };
    let none = ("\"disruptionsAllowed\":1", "\"disruptionsAllowed\":0");
    let selector = r#"{"matchLabels":{"app":"web"}}"#;
    let (is_in, not_in) = (expression("In"), expression("NotIn"));
    let (there, absent, strange) = (expression("Exists"), expression("DoesNotExist"), expression("Gt"));
    let refusal = "budget shop/web does not let pod web-5d9c-x1 go; see kubectl get pdb -A";
    let table: [(&str, Changes, &str); 14] = [
        ("one may go", &[], ""),
        ("none may go", &[none], refusal),
        ("none may go, by In", &[none, (selector, &is_in)], refusal),
        ("others may not go, by NotIn", &[none, (selector, &not_in)], ""),
        ("none may go, by Exists", &[none, (selector, &there)], refusal),
        ("others may not go, by DoesNotExist", &[none, (selector, &absent)], ""),
        ("an operator to come", &[none, (selector, &strange)], "operator Gt of a selector"),
        ("all pods are meant", &[none, (selector, "{}")], refusal),
        ("no pods are meant", &[none, (selector, "null")], ""),
        (
            "another label besides",
            &[none, ("{\"app\":\"web\"}}", "{\"app\":\"web\",\"tier\":\"back\"}}")],
            "",
        ),
        (
            "stale",
            &[("\"observedGeneration\":2", "\"observedGeneration\":1")],
            "budget shop/web is not up to date",
        ),
        ("not told", &[("\"disruptionsAllowed\":1,", "")], "is not understood"),
        (
            "two budgets for a pod",
            &[("\"values\":[\"agent\",", "\"values\":[\"web\",")],
            "pod shop/web-5d9c-x1 has 2 disruption budgets, so it cannot be evicted",
        ),
        (
            "no pods told",
            &[("\"items\":[\n{\"metadata\":{\"name\":\"web-5", "\"x\":[\n{\"metadata\":{\"name\":\"web-5")],
            "is not understood",
        ),
    ];
    for (situation, changes, message) in table {
        health("pre-lock", "", changes).is("kubernetes", situation, message);
        health("heartbeat", "", changes).is("kubernetes", situation, "");
    }
}

#[test]
fn an_api_server_that_does_not_answer_holds_every_phase() {
    for phase in ["pre-lock", "heartbeat"] {
        let bed = Bed::new();
        bed.tool("kubectl", &[fails("*", 1, "The connection to the server was refused")]);
        let message =
            "the API server does not answer: kubectl ended with 1: The connection to the server was refused";
        bed.health("kubernetes", phase).is("kubernetes", phase, message);
    }
}

/// Runs a hook against these answers, and gives the calls that came after the first look at the node.
fn hook(name: &str, answers: &[Answer], message: &str) -> Vec<String> {
    let bed = Bed::new();
    bed.write("conf/hooks.d/kubernetes.conf", "KUBE_NODE=node-1");
    bed.tool("kubectl", answers);
    bed.hook(name).is(name, message, message);
    let calls = bed.calls();
    let mut calls = calls.lines().map(ToOwned::to_owned);
    assert_eq!(calls.next().unwrap(), format!("kubectl {GET_NODE}"));
    calls.collect()
}

#[test]
fn a_free_node_is_cordoned_and_marked_in_one_write_and_drained() {
    let calls = hook("kubernetes-drain", &[says(GET_NODE, FREE), says(PATCH_NODE, ""), says(DRAIN, "")], "");
    let patch = r#"{"metadata":{"resourceVersion":"4711","annotations":{"clusterrebootd/cordoned":"true"}},"spec":{"unschedulable":true}}"#;
    let patched = format!("kubectl {}", PATCH_NODE.replace('*', patch));
    assert_eq!(calls, [patched, format!("kubectl {DRAIN}")]);
}

#[test]
fn a_cordoned_node_is_only_drained_whoever_cordoned_it() {
    for node in [BY_A_HUMAN, BY_US] {
        let calls = hook("kubernetes-drain", &[says(GET_NODE, node), says(DRAIN, "")], "");
        assert_eq!(calls, [format!("kubectl {DRAIN}")]);
    }
}

#[test]
fn a_node_that_somebody_changed_meanwhile_is_not_drained() {
    let conflict = fails(PATCH_NODE, 1, "Error from server (Conflict): the object has been modified");
    let calls = hook(
        "kubernetes-drain",
        &[says(GET_NODE, FREE), conflict],
        "(Conflict): the object has been modified",
    );
    assert_eq!(calls.len(), 1);
}

#[test]
fn a_drain_that_does_not_end_fails() {
    let answers = [says(GET_NODE, BY_US), fails(DRAIN, 1, "error: drain did not complete within 5m0s")];
    hook(
        "kubernetes-drain",
        &answers,
        "node node-1 is not drained: error: drain did not complete within 5m0s; see",
    );
}

#[test]
fn a_node_is_uncordoned_if_the_mark_is_ours() {
    let calls = hook("kubernetes-uncordon", &[says(GET_NODE, BY_US), says(PATCH_NODE, "")], "");
    let patch = r#"{"metadata":{"resourceVersion":"4711","annotations":{"clusterrebootd/cordoned":null}},"spec":{"unschedulable":null}}"#;
    assert_eq!(calls, [format!("kubectl {}", PATCH_NODE.replace('*', patch))]);
    for node in [FREE, BY_A_HUMAN] {
        let calls = hook("kubernetes-uncordon", &[says(GET_NODE, node)], "");
        assert_eq!(calls, [""; 0]);
    }
}

#[test]
fn an_answer_that_is_no_node_changes_nothing() {
    for name in ["kubernetes-drain", "kubernetes-uncordon"] {
        for (says_, message) in [("", "the answer of the API server is empty"), ("{}x", "is not understood")]
        {
            assert_eq!(hook(name, &[says(GET_NODE, says_)], message), [""; 0]);
        }
        hook(name, &[fails(GET_NODE, 1, "NotFound")], "kubectl ended with 1: NotFound");
    }
}
