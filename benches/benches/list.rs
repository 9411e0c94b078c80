//! Rows of a list: read and checked, and made into a run file.

use std::fmt::Write;

use divan::{Bencher, counter::ItemsCount};
use prospect_delete_benches::PEARL_ID;
use prospect_delete_core::{Config, Credential, nlpearl};
use prospect_delete_engine::{
    Account, Batches, Error, Operator, Origin, Planner, RunFile, Target,
    input::{Format, Reader},
};

const ROWS: usize = 10_000;

fn main() {
    divan::main();
}

/// The same leads in each form, in no order.
fn list(format: Format) -> String {
    let mut list = String::new();
    if format == Format::Csv {
        list.push_str("target,pearl_id,lead_id\n");
    }
    for row in 0..ROWS as u64 {
        let lead = row.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let written = match format {
            Format::Csv => writeln!(list, "nlpearl.lead,{PEARL_ID},{lead:024x}"),
            _ => writeln!(
                list,
                r#"{{"target":"nlpearl.lead","pearl_id":"{PEARL_ID}","lead_id":"{lead:024x}"}}"#
            ),
        };
        written.expect("a string takes all");
    }
    list
}

fn read(list: &str, format: Format) -> Vec<Target> {
    let rows = Reader::new("list", format, list.as_bytes()).expect("a header");
    rows.map(|row| row.expect("a list").expect("a target").target)
        .collect()
}

#[divan::bench(args = [Format::Csv, Format::JsonLines])]
fn reads(bencher: Bencher, format: Format) {
    let list = list(format);
    bencher
        .counter(ItemsCount::new(ROWS))
        .bench(|| read(&list, format));
}

/// All of it: sorted, grouped, written and synchronised.
#[divan::bench]
fn plans(bencher: Bencher) {
    let targets = read(&list(Format::Csv), Format::Csv);
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run.db");
    let account = Account::new(
        &nlpearl::PROVIDER,
        Credential::new("bench").expect("a key"),
        Config::new(),
    )
    .expect("an account");
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let _ = std::fs::remove_file(&out);
        let mut planner = Planner::new(folder.path());
        for (line, target) in (1..).zip(&targets) {
            planner.add(target, Origin { list: 0, line }).expect("room");
        }
        planner
            .finish(
                &RunFile::at(&out),
                std::slice::from_ref(&account),
                &Batches::default(),
                &Operator::here("bench"),
                |conflict| -> Result<(), Error> { panic!("{conflict:?}") },
            )
            .expect("a plan")
    });
}
