//! The program `specs`.

fn main() -> std::process::ExitCode {
    prospect_delete_specs_program::run()
}
