//! No page has lines that only rustdoc hides: whoever reads it on a code host sees them.

use std::{fs, path::Path};

#[test]
fn no_code_of_a_page_is_hidden() {
    let root = Path::new("..");
    let mut pages = vec![root.join("README.md"), root.join("build-tools/README.md")];
    for folder in ["crates", "guides"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.join("README.md").exists() {
                pages.push(path.join("README.md"));
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    assert!(pages.len() > 15, "{pages:?}");
    for page in pages {
        let mut is_rust = false;
        for (number, line) in fs::read_to_string(&page).unwrap().lines().enumerate() {
            if let Some(language) = line.strip_prefix("```") {
                is_rust = language.starts_with("rust");
            }
            let line = line.trim_start();
            let is_hidden = is_rust && (line == "#" || line.starts_with("# "));
            assert!(!is_hidden, "{}:{}: {line}", page.display(), number + 1);
        }
    }
}
