//! docs/metrics.md lists what there is. `UPDATE_EXPECT=1` writes its table anew.

use std::fmt::Write;

use crb_observe::{METRICS, MetricInfo};
use expect_test::expect_file;

use crate::read;

const BEGIN: &str = "<!-- The table is made of crates/crb-observe/src/metrics/catalogue.rs. -->\n";
const END: &str = "<!-- End of the table. -->\n";

#[test]
fn the_reference_lists_every_metric_with_its_kind_labels_and_meaning() {
    let page = read("docs/metrics.md");
    let (before, rest) = page.split_once(BEGIN).expect("the beginning of the table");
    let (_, after) = rest.split_once(END).expect("the end of the table");
    let expected = format!("{before}{BEGIN}{}{END}{after}", table());
    expect_file!["../../../../docs/metrics.md"].assert_eq(&expected);
}

fn table() -> String {
    let mut table = "\n| name | kind | labels | meaning |\n|---|---|---|---|\n".to_owned();
    for MetricInfo { name, kind, labels, help, .. } in METRICS {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        writeln!(table, "| `{name}` | {} | {} | {help} |", kind.as_str(), labels.join(", ")).unwrap();
    }
    table.push('\n');
    table
}
