//! Generates the client, and with the `mock` feature the mocks, from the checked-in document.

fn main() -> std::process::ExitCode {
    prospect_delete_build_tools::run(prospect_delete_specs::EXTROVERT.path)
}
