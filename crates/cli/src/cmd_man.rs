//! `prospect-delete man`

use std::{fs, path::PathBuf};

use clap::{Args, CommandFactory};

use crate::{
    arguments::Arguments,
    exit::{Exit, Failure},
    output,
};

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n\
    \x20 prospect-delete man | man -l -\n\
    \x20 prospect-delete man --out ~/.local/share/man/man1")]
pub struct Man {
    /// Write a page for each command into this folder, instead of the program's to standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Man) -> Result<Exit, Failure> {
    let command = Arguments::command();
    if let Some(folder) = &arguments.out {
        fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(command, folder))
            .map_err(|error| {
                Failure::internal(format!(
                    "{}: the pages cannot be written there ({error}); give another folder with --out",
                    folder.display()
                ))
            })?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|error| Failure::internal(format!("the page cannot be made ({error})")))?;
        output::bytes(&page)?;
    }
    Ok(Exit::Done)
}
