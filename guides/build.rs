//! Takes the Rust code out of each guide, so that it is compiled and run as it stands there, and the files beside it.
//! That of the README is compiled.

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
        let page = fs::read_to_string(&path).expect("a guide");
        let (code, files) = blocks(&page);
        for (file, text) in files {
            let file = out.join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("it can be made");
            fs::write(file, text).expect("it can be written");
        }
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

/// All blocks of Rust in a page, one after the other, and the blocks that are files: those below a line that has the
/// file's name alone. Such files are for whoever follows the guide, and Rust code can include them by their names.
fn blocks(page: &str) -> (String, Vec<(String, String)>) {
    let (mut code, mut files) = (String::new(), Vec::new());
    let (mut paragraph, mut label) = (Vec::new(), None);
    let mut language = None;
    for event in Parser::new(page) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(name))) => {
                if let Some(file) = label.take() {
                    files.push((file, String::new()));
                    language = Some("a file".into());
                } else {
                    language = Some(name);
                }
            }
            Event::End(TagEnd::CodeBlock) => language = None,
            Event::Text(text) if language.is_some() => {
                match (language.as_deref(), files.last_mut()) {
                    (Some("a file"), Some((_, file))) => file.push_str(&text),
                    (Some("rust"), _) => code.push_str(&text),
                    _ => {}
                }
            }
            Event::Start(Tag::Paragraph) => paragraph.clear(),
            Event::End(TagEnd::Paragraph) => {
                label = match paragraph.as_slice() {
                    [Event::Code(name), Event::Text(colon)] if &**colon == ":" => {
                        Some(name.to_string())
                    }
                    _ => None,
                };
            }
            other => paragraph.push(other),
        }
    }
    (code, files)
}
