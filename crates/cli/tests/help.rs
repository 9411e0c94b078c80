//! What the program says about itself: its version, its manual, completions, and what was mistyped.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_prospect-delete"))
        .args(arguments)
        .env_clear()
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_version_names_the_commit() {
    let version = printed(&["--version"]);
    let number = env!("CARGO_PKG_VERSION");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let commit = Command::new("git")
        .arg("-C")
        .arg(&root)
        .args(["rev-parse", "HEAD"])
        .output();
    // In a package, git knows nothing, and the commit is that of the package, if it was made from one.
    match commit {
        Ok(commit) if root.join(".git").exists() && commit.status.success() => {
            let commit = String::from_utf8(commit.stdout).unwrap();
            assert_eq!(
                version,
                format!("prospect-delete {number} ({})\n", &commit[..12])
            );
        }
        _ => assert!(
            version.starts_with(&format!("prospect-delete {number}")),
            "{version}"
        ),
    }
}

#[test]
fn each_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "power-shell", "elvish"] {
        let script = printed(&["completions", shell]);
        for word in ["delete-leads", "completions", "--profile", "--allow-scope"] {
            let word = if shell == "fish" {
                word.trim_start_matches('-')
            } else {
                word
            };
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_and_flags() {
    for (line, expected) in [
        ("prospect-delete pl", "plan"),
        ("prospect-delete nlpearl del", "delete-leads"),
        ("prospect-delete plan --rej", "--rejects"),
        ("prospect-delete report run.db --format c", "csv"),
    ] {
        let script = format!(
            "{}\nCOMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
            function_name=$(complete -p prospect-delete | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n\
            $function_name prospect-delete \"${{COMP_WORDS[$COMP_CWORD]}}\" \"${{COMP_WORDS[$COMP_CWORD-1]}}\"\n\
            echo \"${{COMPREPLY[@]}}\"",
            printed(&["completions", "bash"])
        );
        let output = Command::new("bash")
            .args(["-c", &script])
            .output()
            .expect("bash");
        let completed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(completed.trim(), expected, "{line}: {output:?}");
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man/man1");
    printed(&["man", "--out", out.to_str().unwrap()]);
    for (command, example) in [
        ("prospect-delete", "prospect-delete demo"),
        ("prospect-delete-plan", "--rejects bad.csv"),
        ("prospect-delete-doctor", "--profile sandbox"),
        ("prospect-delete-nlpearl-delete-leads", "--pearl-id"),
        (
            "prospect-delete-woodpecker-delete-prospects",
            "woodpecker.company:123",
        ),
    ] {
        let page = std::fs::read_to_string(out.join(format!("{command}.1"))).unwrap();
        let page = page.replace("\\-", "-");
        assert!(page.contains(".TH"), "{page}");
        assert!(page.contains(example), "{example}: {page}");
    }
    assert!(printed(&["man"]).contains(".TH"));
    // A folder that cannot be one.
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = run(&["man", "--out", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("another folder"));
}

#[test]
fn what_is_mistyped_is_told_with_what_was_meant_and_where_to_read_on() {
    for (arguments, told) in [
        (&[][..], "a command is missing; see prospect-delete --help"),
        (&["nlpearl"], "see prospect-delete nlpearl --help"),
        (&["statsu", "run.db"], "'status'"),
        (&["nlpearl", "delete-lead"], "'delete-leads'"),
        (
            &["plan", "list.csv", "--ou", "run.db"],
            "'--out'; see prospect-delete plan --help",
        ),
        (
            &["apply", "run.db", "--rate", "nlperl=5/s"],
            "did you mean nlpearl?",
        ),
        (&["apply"], "<RUN>; see prospect-delete apply --help"),
        (&["report", "run.db", "--format", "jsn"], "'json'"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(told), "{told}: {text}");
    }
}
