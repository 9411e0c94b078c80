//! `prospect-delete completions`

use clap::{Args, CommandFactory, ValueEnum};

use crate::{
    arguments::Arguments,
    exit::{Exit, Failure},
    output,
};

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete completions bash > ~/.local/share/bash-completion/completions/prospect-delete\n\
    \x20 prospect-delete completions zsh > ~/.zfunc/_prospect-delete\n\
    \x20 prospect-delete completions fish > ~/.config/fish/completions/prospect-delete.fish")]
pub struct Completions {
    /// The shell to complete commands in
    #[arg(value_enum)]
    shell: Shell,
}

/// A shell that completions can be written for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    /// Bash
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
    /// `PowerShell`
    #[value(name = "powershell", alias = "power-shell")]
    Pwsh,
    /// Elvish
    Elvish,
}

impl From<Shell> for clap_complete::Shell {
    fn from(shell: Shell) -> Self {
        match shell {
            Shell::Bash => Self::Bash,
            Shell::Zsh => Self::Zsh,
            Shell::Fish => Self::Fish,
            Shell::Pwsh => Self::PowerShell,
            Shell::Elvish => Self::Elvish,
        }
    }
}

pub fn run(arguments: &Completions) -> Result<Exit, Failure> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    // Into memory first: the generator does not take it that a pipe may be closed.
    let mut script = Vec::new();
    clap_complete::generate(
        clap_complete::Shell::from(arguments.shell),
        &mut command,
        name,
        &mut script,
    );
    output::bytes(mended(&script).as_bytes())?;
    Ok(Exit::Done)
}

/// The script with one name for each command.
///
/// The generator for Bash takes the hyphen of the program's name for another separator where it looks a command
/// up than where it says which it is, so that nothing behind a command was completed (clap's issue 6421). Once
/// that is mended, nothing is left to replace.
fn mended(script: &[u8]) -> String {
    String::from_utf8_lossy(script).replace("prospect__subcmd__delete", "prospect__delete")
}
