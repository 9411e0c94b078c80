//! The fuzzers' checked-in corpus, and the properties that the fuzzers test.

use std::{fs, panic, path::Path};

use prospect_delete_tests::properties;

/// Calls a property with every file of a target's corpus, and names the files for which it does not hold.
fn replay(target: &str, property: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("no corpus in {}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    let failing: Vec<_> = files
        .iter()
        .filter(|file| {
            let bytes = fs::read(file).unwrap();
            panic::catch_unwind(|| property(&bytes)).is_err()
        })
        .collect();
    assert!(failing.is_empty(), "{failing:#?}");
}

#[test]
fn extrovert_answers() {
    replay("extrovert_answer", properties::extrovert_answer);
}

#[test]
fn nlpearl_answers() {
    replay("nlpearl_answer", properties::nlpearl_answer);
}

#[test]
fn woodpecker_answers() {
    replay("woodpecker_answer", properties::woodpecker_answer);
}

#[test]
fn unleashx_answers() {
    replay("unleashx_answer", properties::unleashx_answer);
}

#[test]
fn retry_after_values() {
    replay("retry_after", properties::retry_after_value);
}

#[test]
fn path_segments() {
    replay("path", properties::path_segment);
}
