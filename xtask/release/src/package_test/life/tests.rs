use super::*;

/// Paths with their permissions.
type Nodes = Vec<(String, u32)>;

/// What stood in a root, and what stands there once a package is installed as its list says.
fn trees(format: Format) -> (Nodes, Nodes) {
    let before = vec![("/etc/".to_owned(), 0o755), ("/etc/passwd".to_owned(), 0o644)];
    let package = contents::expected(format).into_iter().map(|(path, entry)| (path, entry.mode));
    let after = before.iter().cloned().chain(package).collect();
    (before, after)
}

fn conffiles() -> Vec<String> {
    vec![TEMPLATE.to_owned()]
}

/// What is told of an installation after something was done to it.
fn told(format: Format, harm: impl FnOnce(&mut Nodes)) -> Vec<String> {
    let (before, mut after) = trees(format);
    harm(&mut after);
    unlisted(format, &Tree::made_up(&before), &Tree::made_up(&after), &conffiles(), false)
}

#[test]
fn a_package_that_is_installed_as_its_list_says_is_told_nothing_of() {
    for format in Format::ALL {
        assert_eq!(told(format, |_| {}), Vec::<String>::new());
    }
}

/// What was done, how, and what is told of it.
type Case = (&'static str, fn(&mut Nodes), &'static str);

#[test]
fn whatever_is_not_as_the_list_says_is_told() {
    let cases: [Case; 6] = [
        (
            "a wrong mode",
            |after| set(after, "/usr/bin/clusterrebootd", 0o777),
            "/usr/bin/clusterrebootd is 0777 root:root, and should be 0755 root:root",
        ),
        (
            "a missing file",
            |after| after.retain(|(path, _)| path != "/usr/share/clusterrebootd/lib.sh"),
            "it lacks /usr/share/clusterrebootd/lib.sh",
        ),
        (
            "a file more",
            |after| after.push(("/usr/bin/another".into(), 0o755)),
            "it holds /usr/bin/another, which is not expected",
        ),
        (
            "a unit that is enabled",
            |after| {
                let wants = "/etc/systemd/system/multi-user.target.wants/";
                after.push((wants.into(), 0o755));
                after.push((format!("{wants}{UNIT}"), 0o777));
            },
            "it holds /etc/systemd/system/multi-user.target.wants/clusterrebootd.service, which is not expected",
        ),
        (
            "a file of another that was changed",
            |after| set(after, "/etc/passwd", 0o600),
            "/etc/passwd is not as it was before",
        ),
        (
            "a file of another that was removed",
            |after| after.retain(|(path, _)| path != "/etc/passwd"),
            "/etc/passwd is gone, which was there before",
        ),
    ];
    for (what, harm, expected) in cases {
        let told = told(Format::Deb, harm);
        assert!(told.iter().any(|line| line == expected), "{what}: {told:#?}");
    }
}

fn set(nodes: &mut [(String, u32)], path: &str, mode: u32) {
    nodes.iter_mut().filter(|(name, _)| name == path).for_each(|node| node.1 = mode);
}

#[test]
fn an_operators_file_that_the_package_manager_does_not_know_of_is_told() {
    let (before, after) = trees(Format::Deb);
    let told = unlisted(Format::Deb, &Tree::made_up(&before), &Tree::made_up(&after), &[], false);
    assert_eq!(told, [format!("{TEMPLATE} is 0640 root:root, and should be 0640 root:root conffile")]);
}

#[test]
fn with_systemd_the_directories_of_the_daemon_must_be_there_and_closed() {
    let (before, mut after) = trees(Format::Deb);
    let told = |after: &[(String, u32)]| {
        unlisted(Format::Deb, &Tree::made_up(&before), &Tree::made_up(after), &conffiles(), true)
    };
    assert_eq!(told(&after), [format!("it lacks {RUNTIME}"), format!("it lacks {STATE_DIRECTORY}")]);
    after.push((RUNTIME.into(), 0o750));
    after.push((STATE_DIRECTORY.into(), 0o755));
    assert_eq!(told(&after), [format!("{STATE_DIRECTORY} is 0755 root:root, and should be 0750 root:root")]);
}

#[test]
fn a_purge_may_leave_what_is_needed_until_the_boot_and_nothing_else() {
    let (before, _) = trees(Format::Deb);
    let mut after = before.clone();
    after.push((UNTIL_BOOT.into(), 0o750));
    after.push((OWN.into(), 0o644));
    let differences = Tree::made_up(&after).differences(&Tree::made_up(&before));
    assert_eq!(without(differences, &[UNTIL_BOOT]), [format!("{OWN} is left behind")]);
}
