//! Members that are killed, stopped, restarted or lost.

use super::Rolling;

pub(super) fn leader_killed(rolling: &mut Rolling<'_>) {
    let leader = rolling.cluster.leader();
    rolling.cluster.kill(leader);
    rolling.rolls_on();
    rolling.cluster.restart(leader);
}

pub(super) fn leader_stopped(rolling: &mut Rolling<'_>) {
    let leader = rolling.cluster.leader();
    rolling.cluster.stop(leader);
    rolling.rolls_on();
    rolling.cluster.cont(leader);
    rolling.cluster.wait_until_member_is_healthy(leader);
}

pub(super) fn follower_killed(rolling: &mut Rolling<'_>) {
    let follower = (rolling.cluster.leader() + 1) % rolling.cluster.size();
    rolling.cluster.kill(follower);
    rolling.rolls_on();
    rolling.cluster.restart(follower);
}

pub(super) fn quorum_stopped(rolling: &mut Rolling<'_>) {
    for index in [0, 1] {
        rolling.cluster.stop(index);
    }
    rolling.holds();
    for index in [0, 1] {
        rolling.cluster.cont(index);
    }
}

pub(super) fn restarted_one_by_one(rolling: &mut Rolling<'_>) {
    for index in 0..rolling.cluster.size() {
        rolling.cluster.restart(index);
        rolling.scene.fleet.boot_the_fallen();
    }
}

pub(super) fn all_killed(rolling: &mut Rolling<'_>) {
    let all = 0..rolling.cluster.size();
    all.clone().for_each(|index| rolling.cluster.kill(index));
    rolling.holds();
    all.clone().for_each(|index| rolling.cluster.restart_at_once(index));
    all.for_each(|index| rolling.cluster.wait_until_member_is_healthy(index));
}

pub(super) fn replaced(rolling: &mut Rolling<'_>) {
    let leader = rolling.cluster.leader();
    rolling.cluster.kill(leader);
    rolling.rolls_on();
    rolling.cluster.replace(leader);
}
