#![no_main]

use libfuzzer_sys::fuzz_target;
use prospect_delete_tests::properties;

fuzz_target!(|data: &[u8]| properties::extrovert_answer(data));
