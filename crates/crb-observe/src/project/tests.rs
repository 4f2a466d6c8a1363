use expect_test::expect;

use super::*;
use crate::Format;
use crate::samples;

#[test]
fn every_kind_of_event_is_one_line_of_the_contract() {
    let log: String = samples::every_kind()
        .into_iter()
        .filter_map(|what| record(&samples::event(what)))
        .map(|record| Format::Json.line(&record))
        .collect();
    let head = "{\"ts\":\"2023-11-14T22:13:20.000Z\",\"level\":";
    let tails: String = log
        .lines()
        .map(|line| {
            line.strip_prefix(head).unwrap_or(line).replace(",\"node\":\"node-a\",\"component\":", ",")
        })
        .map(|line| line + "\n")
        .collect();
    expect![[r#"
        "info","daemon","event":"started","message":"clusterrebootd 0.1.0 starts","fields":{"version":"0.1.0","boot_id":"b-1","dry_run":false}}
        "info","config","event":"config_reloaded","message":"the configuration was loaded again; nothing changed","fields":{"result":"success","changed":[],"needs_restart":[]}}
        "warn","config","event":"config_reloaded","message":"the configuration was loaded again; in force now: check_interval_sec, dry_run; the old value stays until the daemon is restarted: node_name","fields":{"result":"success","changed":["check_interval_sec","dry_run"],"needs_restart":["node_name"]}}
        "error","config","event":"config_rejected","message":"the configuration is refused, and all of the old one stays in force: /etc/config.yaml:3: `lock_ttl_sec` (5) is not longer than `health_timeout_sec` (30); write `lock_ttl_sec: 60` or more (config::lock_ttl_too_short), and 1 more fault","fields":{"result":"error","fault_count":2,"faults":[{"code":"config::lock_ttl_too_short","column":15,"file":"/etc/config.yaml","hint":"write `lock_ttl_sec: 60` or more","line":3,"message":"`lock_ttl_sec` (5) is not longer than `health_timeout_sec` (30)"},{"code":"config::unreadable","message":"cannot read /etc/config.d/a.yaml: permission denied"}]}}
        "warn","config","event":"config_warning","message":"min_healthy_absolute can never be met","fields":{}}
        "info","presence","event":"presence_joined","message":"the fleet sees this node","fields":{"lease_id":"694d"}}
        "warn","store","event":"stale_reads","message":"etcd 3.5.17 at http://etcd-1:2379 may answer reads with old data after a member was paused; 3.5.28 mends that","fields":{"endpoint":"http://etcd-1:2379","version":"3.5.17","mended_by":"3.5.28"}}
        "warn","store","event":"stale_reads","message":"etcd at http://etcd-1:2379 calls its version \"3.6.0-rc.1\", of which it is not known whether it may answer reads with old data after a member was paused; releases from 3.4.42, 3.5.28 or 3.6.9 on do not","fields":{"endpoint":"http://etcd-1:2379","version":"3.6.0-rc.1"}}
        "info","store","event":"etcd_files","message":"/etc/etcd/node.pem changed","fields":{"result":"renewed"}}
        "warn","store","event":"etcd_files","message":"/etc/etcd/node.key is not PEM","fields":{"result":"refused"}}
        "info","fleet","event":"cluster_health_update","message":"reports itself healthy","fields":{"phase":"heartbeat","status":"healthy","result":"success"}}
        "info","kill_switch","event":"kill_switch","message":"no kill switch","fields":{"stage":"pre-lock","result":"inactive"}}
        "info","kill_switch","event":"kill_switch","message":"the kill switch /etc/no-reboot is present","fields":{"stage":"pre-lock","result":"active","reason":"kill_switch_present"}}
        "warn","detectors","event":"detectors_evaluated","message":"tool could not tell","fields":{"phase":"pre-lock","result":"error","requires_reboot":null,"detector_summaries":[{"duration_ms":12,"exit_code":1,"name":"kernel","requires":true},{"duration_ms":12,"exit_code":0,"name":"marker","requires":false},{"duration_ms":12,"error":"ended with 127","exit_code":127,"name":"tool","output":"sh: not found","requires":null}],"duration_ms":40}}
        "info","windows","event":"maintenance_window","message":"the maintenance windows allow a reboot","fields":{"stage":"pre-lock","result":"allowed","until":"2023-11-14T23:13:20Z"}}
        "info","windows","event":"maintenance_window","message":"the deny window \"Fri 18:00-Mon 08:00\" is active","fields":{"stage":"pre-lock","result":"deny","matched_expression":"Fri 18:00-Mon 08:00","until":"2023-11-14T22:14:20Z"}}
        "info","health","event":"health_check","message":"this node is healthy","fields":{"phase":"pre-lock","result":"pass","exit_code":0,"duration_ms":340}}
        "warn","health","event":"health_check","message":"the health script did not end within 30 s","fields":{"phase":"pre-lock","result":"error","reason":"script_timed_out","stderr":"disk full","duration_ms":340}}
        "info","lock","event":"lock_attempt","message":"asks for a place in the queue","fields":{"attempt":1}}
        "error","lock","event":"lock_failed","message":"no place in the queue: no answer within 1.5 s","fields":{"attempt":1,"wait_ms":1500,"error":"no answer within 1.5 s"}}
        "info","lock","event":"lock_backoff","message":"waits: place 2 in the queue, behind node-b","fields":{"attempt":2,"wait_ms":2000,"reason":"behind_in_queue"}}
        "info","lock","event":"lock_acquired","message":"this node's turn","fields":{"attempt":3,"lease_id":"694e","wait_ms":9000}}
        "info","cooldown","event":"cooldown_status","message":"cooling down after the reboot of node-b until 2023-11-14T22:23:20Z","fields":{"phase":"post-lock","result":"active","node":"node-b","until":"2023-11-14T22:23:20Z"}}
        "info","cooldown","event":"cooldown_cleared","message":"the cooldown is over","fields":{}}
        "warn","fleet","event":"cluster_peer_status","message":"node-d is silent","fields":{"peer":"node-d","status":"silent","last_report":"2023-11-14T22:11:50Z"}}
        "info","fleet","event":"cluster_peer_status","message":"node-f is no longer on the roster","fields":{"peer":"node-f","status":"gone"}}
        "warn","fleet","event":"cluster_health_status","message":"node-d is silent; its last report is of 2023-11-14T22:11:50Z","fields":{"phase":"post-lock","result":"unhealthy","total_nodes":5,"healthy_count":1,"unhealthy_count":1,"silent_count":1,"rebooting_count":1,"slots":1,"unhealthy_nodes":[{"node":"node-c","reason":"script ended with 1","stage":"heartbeat","status":"unhealthy"},{"last_report":"2023-11-14T22:11:50Z","node":"node-d","status":"silent"}],"reasons":[{"code":"peer_silent","message":"node-d is silent; its last report is of 2023-11-14T22:11:50Z"}]}}
        "warn","pass","event":"run_outcome","message":"node-d is silent; its last report is of 2023-11-14T22:11:50Z","fields":{"status":"health_blocked","reason":"peer_silent","reasons":[{"code":"peer_silent","message":"node-d is silent; its last report is of 2023-11-14T22:11:50Z"}],"dry_run":false,"reboot_required":true}}
        "error","lock","event":"lock_lost","message":"lost its place in the queue: the lease has expired","fields":{"error":"the lease has expired"}}
        "info","lock","event":"lock_released","message":"gave its place back: recheck cleared","fields":{"lease_id":"694e","reason":"recheck cleared","result":"success","duration_ms":4}}
        "warn","presence","event":"presence_lost","message":"the fleet does not see this node: lease expired","fields":{"reason":"presence_lost"}}
        "error","store","event":"store_regressed","message":"etcd has gone backwards, and no node reboots until `clusterrebootd accept-store`: it remembers nothing","fields":{"reason":"it remembers nothing"}}
        "warn","store","event":"store_accepted","message":"an operator has confirmed that etcd has gone backwards: it remembers nothing","fields":{"reason":"it remembers nothing"}}
        "warn","fleet","event":"paused","message":"the fleet is paused by ann@desk: storage works, until 2023-11-14T22:23:20Z","fields":{"by":"ann@desk","reason":"storage works","until":"2023-11-14T22:23:20Z"}}
        "info","fleet","event":"resumed","message":"the fleet is no longer paused by ann@desk: storage works","fields":{"by":"ann@desk","reason":"storage works","until":"2023-11-14T22:23:20Z"}}
        "warn","presence","event":"trouble","message":"etcd: no answer within 1.5 s","fields":{"error":"etcd: no answer within 1.5 s"}}
        "info","pass","event":"run_outcome","message":"every gate is open","fields":{"status":"ready","reason":"ready","reasons":[{"code":"ready","message":"every gate is open"}],"dry_run":false,"reboot_required":true}}
        "info","reboot","event":"reboot_committed","message":"the claim is in the store","fields":{"deadline":"2023-11-14T22:28:20Z"}}
        "info","hooks","event":"hook","message":"the pre-reboot hook drain starts","fields":{"phase":"pre-reboot","hook":"drain","state":"started"}}
        "info","hooks","event":"hook","message":"the pre-reboot hook drain ended well","fields":{"phase":"pre-reboot","hook":"drain","state":"ended","result":"success","exit_code":0,"on_failure":"block","stderr":"no answer","duration_ms":1500}}
        "error","hooks","event":"hook","message":"the pre-reboot hook drain ended with 3; the reboot is called off","fields":{"phase":"pre-reboot","hook":"drain","state":"ended","result":"failed","exit_code":3,"on_failure":"block","stderr":"no answer","duration_ms":1500}}
        "warn","hooks","event":"hook","message":"the pre-reboot hook drain was ended by signal 9; all goes on without it","fields":{"phase":"pre-reboot","hook":"drain","state":"ended","result":"failed","on_failure":"continue","stderr":"no answer","duration_ms":1500}}
        "error","hooks","event":"hook","message":"the post-reboot hook drain did not end within 300 s; it is run again until it succeeds, and the slot is held that long","fields":{"phase":"post-reboot","hook":"drain","state":"ended","result":"timed_out","on_failure":"block","stderr":"no answer","duration_ms":1500}}
        "debug","hooks","event":"hook","message":"the on-event hook drain ended well","fields":{"phase":"on-event","hook":"drain","state":"ended","result":"success","exit_code":0,"on_failure":"continue","stderr":"no answer","duration_ms":1500}}
        "warn","hooks","event":"hook","message":"the on-event hook drain could not be run: no such file; the event is not told again","fields":{"phase":"on-event","hook":"drain","state":"ended","result":"not_runnable","on_failure":"continue","stderr":"no answer","duration_ms":1500}}
        "warn","hooks","event":"events_dropped","message":"12 events were not handed to the hook for events, which is slower than they come","fields":{"events":12}}
        "warn","reboot","event":"reboot_aborted","message":"no reboot: the kill switch is present","fields":{"reason":"the kill switch is present"}}
        "info","reboot","event":"claim","message":"the claim is armed: every gate is open","fields":{"phase":"armed","reason":"every gate is open"}}
        "info","reboot","event":"reboot_command","message":"runs systemctl reboot","fields":{"state":"started","run":1,"command":["systemctl","reboot"]}}
        "error","reboot","event":"reboot_command","message":"the reboot command ended well, and the machine is still up","fields":{"state":"ended","run":1,"result":"still_up","duration_ms":300000}}
        "error","reboot","event":"claim","message":"the claim is stuck: the command ran three times","fields":{"phase":"stuck","reason":"the command ran three times"}}
        "info","cooldown","event":"cooldown_started","message":"the fleet cools down after this node's reboot","fields":{"result":"success","duration_ms":600000}}
        "info","reboot","event":"reboot_verified","message":"back and healthy after 95 s","fields":{"duration_ms":95000}}
        "error","fleet","event":"reboot_overdue","message":"node-e is out since 2023-11-14T21:58:20Z and overdue since 2023-11-14T22:13:20Z: its slot is free when it is back and well, or when an operator who knows that it will not come back takes its claim away","fields":{"peer":"node-e","since":"2023-11-14T21:58:20Z","deadline":"2023-11-14T22:13:20Z"}}
        "info","fleet","event":"reboot_overdue_ended","message":"node-e is no longer out, 60 s after its deadline","fields":{"peer":"node-e","deadline":"2023-11-14T22:13:20Z","duration_ms":60000}}
        "info","daemon","event":"stopped","message":"stops: SIGTERM","fields":{"reason":"SIGTERM"}}
    "#]].assert_eq(&tails);
}
