//! Takes the Rust code out of each guide, so that it is compiled and run as it stands there. That of the README is
//! compiled.

use std::{env, fs, path::Path};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

fn main() {
    let out = env::var("OUT_DIR").expect("Cargo says where");
    let out = Path::new(&out);
    println!("cargo::rerun-if-changed=.");
    println!("cargo::rerun-if-changed=../README.md");
    let mut modules = Vec::new();
    let guides = fs::read_dir(".").expect("this folder");
    let guides = guides.map(|entry| entry.expect("an entry").path());
    for path in guides.chain([Path::new("../README.md").to_owned()]) {
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let code = rust(&fs::read_to_string(&path).expect("a guide"));
        if code.is_empty() {
            continue;
        }
        let name = path.file_stem().expect("a name").to_string_lossy();
        let name = name.to_lowercase();
        fs::write(out.join(format!("{name}.rs")), code).expect("it can be written");
        modules.push(format!(
            r#"mod {} {{ include!(concat!(env!("OUT_DIR"), "/{name}.rs")); }}"#,
            name.replace('-', "_")
        ));
    }
    fs::write(out.join("guides.rs"), modules.join("\n")).expect("it can be written");
}

/// All blocks of Rust in a page, one after the other.
fn rust(page: &str) -> String {
    let mut code = String::new();
    let mut inside = false;
    for event in Parser::new(page) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                inside = &*language == "rust";
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => code.push_str(&text),
            _ => {}
        }
    }
    code
}
