//! Which right is missing when etcd denies a call, and what grants it. etcd itself says no more than that it denies.

use etcd_client::{Permission, PermissionType};

use super::convert;
use super::failure::Call;
use super::links::Links;
use crate::{KeyRange, Op, StoreError, Txn};

/// The role in the remedy when the user has none.
const USUAL_ROLE: &str = "clusterrebootd";

/// A right that a call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    write: bool,
    range: KeyRange,
}

impl Need {
    pub(super) fn read(range: &KeyRange) -> Self {
        Self { write: false, range: range.clone() }
    }

    fn write(range: KeyRange) -> Self {
        Self { write: true, range }
    }

    /// What a transaction needs. etcd asks for the rights of both branches, whichever is taken.
    pub(super) fn of(txn: &Txn) -> Vec<Self> {
        let ops = txn.success.iter().chain(&txn.failure).map(|op| match op {
            Op::Get { range, .. } => Self::read(range),
            Op::Put { key, .. } => Self::write(KeyRange::key(key)),
            Op::Delete { range } => Self::write(range.clone()),
        });
        txn.compares.iter().map(|compare| Self::read(&compare.range)).chain(ops).collect()
    }

    fn is_met_by(&self, permission: &Permission) -> bool {
        let asked = if self.write { PermissionType::Write } else { PermissionType::Read };
        let fits = [asked, PermissionType::Readwrite].iter().any(|fit| permission.get_type() == *fit as i32);
        fits && covers(permission, &self.range)
    }
}

/// Whether one permission covers a whole range. Two that do so together are seldom, and only make the error vaguer.
fn covers(permission: &Permission, range: &KeyRange) -> bool {
    let (start, end) = convert::bounds(range);
    let end = if end.is_empty() { [&start[..], b"\0"].concat() } else { end };
    let from = permission.key();
    match permission.range_end() {
        b"" => from == start && end == [from, b"\0"].concat(),
        // All keys from there on.
        b"\0" => from <= &start[..],
        until => from <= &start[..] && &end[..] <= until,
    }
}

/// `error`, and if it is a denial, who is denied what, and what mends that.
pub(super) async fn explain(
    links: &Links,
    ranges: &[KeyRange],
    error: StoreError,
    needs: &[Need],
) -> StoreError {
    let StoreError::Denied(denial) = error else { return error };
    let user = links.keyring().user().map(str::to_owned);
    StoreError::Denied(match (user, denial.as_str()) {
        (Some(user), denial) if denial.starts_with("permission denied") => {
            denied(links, ranges, &user, needs).await
        }
        (None, denial) if denial.starts_with("permission denied") => {
            let missing = needs.first().map(|need| lacks(need, USUAL_ROLE, ranges));
            let missing = missing.unwrap_or_else(|| "may not do this".to_owned());
            format!("the user that our certificate stands for {missing}, or has not all the rights beside it")
        }
        (Some(user), "authentication failed, invalid user ID or password") => format!(
            "user {user:?} is not known to etcd with the password in {}: write the right one there, or set it with \
             `etcdctl user passwd {user}`",
            links.keyring().password_file()
        ),
        (None, "user name is empty") => {
            "etcd asks for a user: set etcd_auth.username and etcd_auth.password_file".to_owned()
        }
        (_, denial) => denial.to_owned(),
    })
}

async fn denied(links: &Links, ranges: &[KeyRange], user: &str, needs: &[Need]) -> String {
    // A user may look at herself and at her roles.
    let Ok((role, permissions)) = rights(links, user).await else {
        return format!("user {user:?} may not do this, and etcd does not tell which rights she has");
    };
    let role = role.as_deref().unwrap_or(USUAL_ROLE);
    match needs.iter().find(|need| !permissions.iter().any(|granted| need.is_met_by(granted))) {
        Some(need) => format!("user {user:?} {}", lacks(need, role, ranges)),
        None => format!("user {user:?} has every right that this needs now: it is tried again"),
    }
}

/// What is missing, and the command that grants it.
fn lacks(need: &Need, role: &str, ranges: &[KeyRange]) -> String {
    let verb = if need.write { "write" } else { "read" };
    let text = |range: &KeyRange| match range {
        KeyRange::Key(key) => key.clone(),
        KeyRange::Prefix(prefix) => format!("{prefix}*"),
    };
    let whole = ranges.iter().find(|whole| within(&need.range, whole)).unwrap_or(&need.range);
    format!("may not {verb} {}: run `{}` as root of etcd", text(&need.range), grant(role, whole))
}

/// The command that grants a role all rights on a range.
pub fn grant(role: &str, range: &KeyRange) -> String {
    match range {
        KeyRange::Key(key) => format!("etcdctl role grant-permission {role} readwrite {key}"),
        KeyRange::Prefix(prefix) => {
            format!("etcdctl role grant-permission {role} --prefix=true readwrite {prefix}")
        }
    }
}

fn within(range: &KeyRange, whole: &KeyRange) -> bool {
    match range {
        KeyRange::Key(key) => whole.contains(key),
        KeyRange::Prefix(prefix) => matches!(whole, KeyRange::Prefix(_)) && whole.contains(prefix),
    }
}

/// The first role of the user, and what all of them grant.
async fn rights(links: &Links, user: &str) -> Result<(Option<String>, Vec<Permission>), StoreError> {
    let call = Call::reads("auth");
    let roles = links.ask(call, |mut client| async move { client.user_get(user).await }).await?;
    let roles = roles.roles().to_vec();
    let mut permissions = vec![];
    for role in &roles {
        let granted =
            links.ask(call, |mut client| async move { client.role_get(role.as_str()).await }).await?;
        permissions.extend(granted.permissions());
    }
    Ok((roles.into_iter().next(), permissions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Compare;

    #[test]
    fn a_right_is_found_in_what_was_granted() {
        let [key, below] = [KeyRange::key("/a/b"), KeyRange::prefix("/a/")];
        let cases = [
            (Permission::read_write("/a/b"), &key, (true, true)),
            (Permission::read("/a/b"), &key, (true, false)),
            (Permission::write("/a/b"), &key, (false, true)),
            (Permission::read_write("/a/b"), &below, (false, false)),
            (Permission::read_write("/a/").with_range_end("/a0"), &below, (true, true)),
            (Permission::read_write("/a/").with_range_end("/a0"), &key, (true, true)),
            (Permission::read_write("/a/").with_range_end("/a/b"), &key, (false, false)),
            (Permission::read_write("/b").with_range_end("\0"), &key, (false, false)),
            (Permission::read_write("/").with_range_end("\0"), &below, (true, true)),
        ];
        for (permission, range, (read, write)) in cases {
            assert_eq!(Need::read(range).is_met_by(&permission), read, "{permission:?} {range:?}");
            assert_eq!(Need::write(range.clone()).is_met_by(&permission), write, "{permission:?} {range:?}");
        }
    }

    #[test]
    fn a_transaction_needs_what_it_compares_and_what_either_branch_does() {
        let txn = Txn::when([Compare::absent("a")])
            .then([Op::put("b", "")])
            .otherwise([Op::get(KeyRange::key("c")), Op::Delete { range: KeyRange::prefix("d/") }]);
        let expected = [
            Need::read(&KeyRange::key("a")),
            Need::write(KeyRange::key("b")),
            Need::read(&KeyRange::key("c")),
            Need::write(KeyRange::prefix("d/")),
        ];
        assert_eq!(Need::of(&txn), expected);
    }

    #[test]
    fn the_remedy_grants_the_whole_range_that_a_key_belongs_to() {
        let ranges = [KeyRange::prefix("/crb/"), KeyRange::key("/cooldown")];
        let cases = [
            (
                Need::write(KeyRange::key("/crb/guard")),
                "may not write /crb/guard: run `etcdctl role grant-permission fleet --prefix=true readwrite /crb/` \
                 as root of etcd",
            ),
            (
                Need::read(&KeyRange::key("/cooldown")),
                "may not read /cooldown: run `etcdctl role grant-permission fleet readwrite /cooldown` as root of etcd",
            ),
            (
                Need::read(&KeyRange::prefix("/crb/alive/")),
                "may not read /crb/alive/*: run `etcdctl role grant-permission fleet --prefix=true readwrite /crb/` \
                 as root of etcd",
            ),
        ];
        for (need, expected) in cases {
            assert_eq!(lacks(&need, "fleet", &ranges), expected);
        }
    }
}
