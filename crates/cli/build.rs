//! Tells the program which commit it was built from, so that `--version` can say it.
//!
//! A package says it in a file that Cargo put there; a checkout is asked. Where neither is at hand, the version
//! has no commit.

use std::{env, fs, path::Path, process::Command};

/// As much of a commit's name as tells it from others.
const DIGITS: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = env::var("CARGO_MANIFEST_DIR").expect("set by Cargo");
    let folder = Path::new(&folder);
    let commit = of_package(folder).or_else(|| of_checkout(folder));
    let version = env::var("CARGO_PKG_VERSION").expect("set by Cargo");
    let version = match commit.as_deref().and_then(|commit| commit.get(..DIGITS)) {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo::rustc-env=PROSPECT_DELETE_VERSION={version}");
}

/// The commit that a package was made from.
fn of_package(folder: &Path) -> Option<String> {
    let path = folder.join(".cargo_vcs_info.json");
    let text = fs::read_to_string(&path).ok()?;
    println!("cargo::rerun-if-changed={}", path.display());
    let (_, rest) = text.split_once("\"sha1\"")?;
    Some(rest.split('"').nth(1)?.to_owned())
}

/// The commit of this project's checkout, and not of one that this project was copied into.
fn of_checkout(folder: &Path) -> Option<String> {
    let root = folder.parent()?.parent()?;
    if !root.join(".git").exists() {
        return None;
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(arguments)
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    // Both change with what is checked out, and nothing else makes this run again.
    for name in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", name]) {
            let path = root.join(path);
            if path.exists() {
                println!("cargo::rerun-if-changed={}", path.display());
            }
        }
    }
    git(&["rev-parse", "HEAD"])
}
