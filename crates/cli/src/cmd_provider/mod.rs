//! The commands that delete at once: one for each provider, each in a file of its own.

mod extrovert;
mod nlpearl;
mod unleashx;
mod woodpecker;

use clap::Subcommand;

use crate::{
    config::ConfigArgs,
    exit::{Exit, Failure},
    output::Output,
};

/// Declares the commands. A provider's module has its arguments, and `run`.
macro_rules! commands {
    ($($(#[$help:meta])* $name:ident in $module:ident;)*) => {
        /// What can be deleted at once, by provider.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $(
                $(#[$help])*
                #[command(subcommand)]
                $name($module::$name),
            )*
        }

        pub async fn run(
            command: Command,
            choice: &ConfigArgs,
            output: &Output,
        ) -> Result<Exit, Failure> {
            match command {
                $(Command::$name(command) => $module::run(command, choice, output).await,)*
            }
        }
    };
}

commands! {
    /// Delete prospects from Extrovert
    Extrovert in extrovert;
    /// Delete leads from NLPearl
    Nlpearl in nlpearl;
    /// Delete a client company's prospects from Woodpecker
    Woodpecker in woodpecker;
    /// Delete audience records from UnleashX
    Unleashx in unleashx;
}
