//! What every store must do, run against the one in memory and against a real etcd.
//!
//! A behaviour is an async function over a [`Bed`]; the table below makes two tests of each.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bed;
mod conformance;
mod leases;
mod reads;
mod transactions;
mod watches;

/// Makes a test of every behaviour named, once for each store.
macro_rules! contract {
    ($($area:ident: $($behaviour:ident)+;)+) => {
        mod memory {
            $($(
                #[tokio::test]
                async fn $behaviour() {
                    super::$area::$behaviour(&crate::bed::Bed::memory()).await;
                }
            )+)+
        }

        mod etcd {
            $($(
                #[tokio::test]
                async fn $behaviour() {
                    super::$area::$behaviour(&crate::bed::Bed::etcd()).await;
                }
            )+)+
        }
    };
}

contract! {
    reads:
        an_empty_store_is_at_revision_1
        every_answer_names_the_same_cluster
        a_prefix_is_read_in_key_order
        the_empty_prefix_is_everything
        pages_follow_one_another
        a_single_key_is_paged_too
        no_limit_reads_all
        a_read_at_an_older_revision_sees_the_past
        a_future_revision_is_refused
        what_was_compacted_away_is_told_as_such
        the_empty_key_is_refused
        a_snapshot_is_of_one_revision_however_long;
    transactions:
        the_first_write_makes_revision_2
        a_put_keeps_the_create_revision_and_counts_versions
        a_deleted_key_begins_anew
        all_writes_of_a_transaction_share_a_revision
        a_transaction_that_changes_nothing_keeps_the_revision
        a_put_that_no_condition_allows_changes_nothing
        a_range_has_none_until_a_key_is_in_it
        a_failed_compare_takes_the_other_branch
        compares_hold_as_the_table_says
        a_missing_key_compares_as_never_put
        a_range_compare_holds_when_it_does_for_every_key
        an_empty_range_compares_as_one_key_never_put
        a_read_inside_sees_the_writes_before_it
        a_read_inside_is_cut_at_its_limit
        a_key_written_twice_is_refused
        a_key_may_be_written_in_both_branches_and_deleted_twice
        too_many_operations_are_refused
        a_dead_lease_refuses_the_whole_transaction
        a_dead_lease_in_the_branch_not_taken_is_no_matter;
    leases:
        ids_are_positive_and_differ
        a_time_to_live_is_rounded_up_to_seconds
        a_lease_that_ends_takes_its_keys_at_one_revision
        a_renewed_lease_outlives_its_first_end
        an_unknown_lease_cannot_be_renewed
        a_revoked_lease_takes_its_keys_at_one_revision
        a_revoked_lease_may_be_revoked_again
        a_put_without_lease_takes_the_key_off_its_lease
        a_put_with_another_lease_moves_the_key
        a_deleted_key_is_off_its_lease;
    watches:
        a_watch_from_the_past_tells_a_batch_a_revision
        a_watch_from_the_future_is_silent_until_then
        a_watch_from_now_tells_nothing_old
        a_watch_tells_only_its_range
        a_batch_keeps_the_order_of_the_transaction
        several_ranges_are_told_in_one_watch
        overlapping_ranges_tell_a_change_once
        a_watch_of_nothing_is_refused
        a_watch_from_a_compacted_revision_says_so
        a_watch_from_the_compaction_on_is_told_what_was_put;
}
