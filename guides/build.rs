//! Takes the Rust code out of each guide, so that it is compiled and run as it stands there.

use std::{env, fs, path::Path};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

fn main() {
    let out = env::var("OUT_DIR").expect("Cargo says where");
    println!("cargo:rerun-if-changed=.");
    for entry in fs::read_dir(".").expect("this folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a guide");
        let target = Path::new(&out).join(path.with_extension("rs"));
        fs::write(target, rust(&text)).expect("it can be written");
    }
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
