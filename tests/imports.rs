//! Which module imports which, drawn from the source files: no circles, and no arrow that runs back.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use prospect_delete_core::PROVIDERS;

/// Stands for the folder of each provider that core knows.
const EACH_PROVIDER: &str = "crates/PROVIDER";

/// Folders of crates. A crate may depend on those of earlier lines, and on none of its own line.
const LAYERS: [&[&str]; 8] = [
    &["specs"],
    &["build-tools"],
    &["build-tools/program", "crates/transport"],
    &[EACH_PROVIDER],
    &["crates/core"],
    &["crates/engine"],
    &["crates/sandbox"],
    &["crates/cli"],
];

/// What a crate may depend on of the layers before it, where that is not all of them.
const ONLY: [(&str, &[&str]); 1] = [("crates/sandbox", &["specs"])];

/// The arrows that clap asks for: the list of commands names each command, and each takes the shared flags.
const FROM_CLAP: (&str, &str, &str) = ("crates/cli", "arguments", "cmd_");

/// A module's path within its crate; the root has none.
type Name = Vec<String>;

/// A path as it is written, by its segments.
type Written = Vec<String>;

#[derive(Default)]
struct Module {
    children: BTreeSet<String>,
    /// What its `use` items bring into it.
    uses: BTreeMap<String, Written>,
    /// Every path in it, and the inline module in which it is written.
    paths: Vec<(Name, Written)>,
}

#[derive(Default)]
struct Crate {
    modules: BTreeMap<Name, Module>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Crate {
    fn read(folder: &str) -> Self {
        let source = root().join(folder).join("src");
        let mut this = Self::default();
        let file = ["lib.rs", "main.rs"]
            .map(|name| source.join(name))
            .into_iter()
            .find(|file| file.is_file())
            .unwrap_or_else(|| panic!("{folder} has no source"));
        this.read_module(Name::new(), &file, &source);
        this
    }

    /// Reads a file, and those of its modules, which are in `folder`.
    fn read_module(&mut self, name: Name, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap();
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut module = Module::default();
        module.read(&name, tokens);
        for child in &module.children {
            let folder = folder.join(child);
            let files = [folder.with_extension("rs"), folder.join("mod.rs")];
            if let Some(file) = files.iter().find(|file| file.is_file()) {
                self.read_module(
                    [&name[..], std::slice::from_ref(child)].concat(),
                    file,
                    &folder,
                );
            }
        }
        self.modules.insert(name, module);
    }

    /// The module that has what a path leads to, with re-exports followed; nothing for other crates.
    fn resolve(&self, within: &[String], path: &[String], depth: usize) -> Option<Name> {
        let mut rest = path.iter();
        let mut at = within.to_vec();
        let mut first = true;
        let mut found = None;
        while let Some(segment) = rest.next() {
            match segment.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => {
                    at.pop()?;
                }
                name => {
                    let child = [&at[..], &[name.to_owned()]].concat();
                    let module = self.modules.get(&at);
                    let used = module.and_then(|module| module.uses.get(name));
                    if self.modules.contains_key(&child) {
                        at = child;
                    } else if let Some(used) = used
                        && depth < 8
                        && !(first && used == path)
                    {
                        let path: Written = used.iter().chain(rest).cloned().collect();
                        return self.resolve(&at, &path, depth + 1);
                    } else if first {
                        return None;
                    } else {
                        break;
                    }
                }
            }
            first = false;
            found = Some(());
        }
        found?;
        // What is left is an item, or an inline module.
        while !self.modules.contains_key(&at) {
            at.pop();
        }
        Some(at)
    }

    /// Who imports whom.
    fn arrows(&self) -> BTreeMap<Name, BTreeSet<Name>> {
        let mut arrows: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
        for (name, module) in &self.modules {
            let to = arrows.entry(name.clone()).or_default();
            to.extend(
                module
                    .paths
                    .iter()
                    .filter_map(|(within, path)| self.resolve(within, path, 0))
                    .filter(|other| other != name),
            );
        }
        arrows
    }
}

impl Module {
    fn read(&mut self, within: &[String], tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at..] {
                [
                    TokenTree::Ident(word),
                    TokenTree::Ident(name),
                    TokenTree::Group(body),
                    ..,
                ] if word == "mod" => {
                    // Tests may import what they like.
                    if name != "tests" {
                        let within = [within, &[name.to_string()]].concat();
                        self.read(&within, body.stream());
                    }
                    at += 3;
                }
                [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "mod" => {
                    self.children.insert(name.to_string());
                    at += 2;
                }
                // What is quoted is code of another crate, which is generated.
                [
                    TokenTree::Ident(word),
                    bang @ TokenTree::Punct(_),
                    TokenTree::Group(_),
                    ..,
                ] if (word == "quote" || word == "parse_quote") && is_punct(bang, '!') => at += 3,
                [TokenTree::Ident(word), ..] if word == "use" => {
                    let end = tokens[at..]
                        .iter()
                        .position(|token| is_punct(token, ';'))
                        .map_or(tokens.len(), |end| at + end);
                    self.read_use(within, &[], &tokens[at + 1..end]);
                    at = end;
                }
                [TokenTree::Ident(_), ..] => {
                    let (path, length) = path(&tokens[at..]);
                    if path.len() > 1 {
                        self.paths.push((within.to_vec(), path));
                    }
                    at += length.max(1);
                }
                [TokenTree::Group(group), ..] => {
                    self.read(within, group.stream());
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads the tree of a `use` item.
    fn read_use(&mut self, within: &[String], before: &[String], tree: &[TokenTree]) {
        let (path, length) = path(tree);
        let path = [before, &path].concat();
        match &tree[length..] {
            // `{…}` behind the path, or alone.
            [.., TokenTree::Group(group)] if group.delimiter() == Delimiter::Brace => {
                let tokens: Vec<_> = group.stream().into_iter().collect();
                for tree in tokens.split(|token| is_punct(token, ',')) {
                    if !tree.is_empty() {
                        self.read_use(within, &path, tree);
                    }
                }
                return;
            }
            [TokenTree::Ident(_), TokenTree::Ident(name)] => {
                self.uses.insert(name.to_string(), path.clone());
            }
            [TokenTree::Ident(_), ..] => {}
            _ => {
                let path: Written = match path.split_last() {
                    Some((last, module)) if last == "self" && !module.is_empty() => module.to_vec(),
                    _ => path.clone(),
                };
                if let Some(name) = path.last() {
                    self.uses.insert(name.clone(), path.clone());
                }
            }
        }
        self.paths.push((within.to_vec(), path));
    }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// The path at the beginning, and how many tokens it takes.
fn path(tokens: &[TokenTree]) -> (Written, usize) {
    let mut path = Written::new();
    let mut length = 0;
    while let Some(TokenTree::Ident(segment)) = tokens.get(length) {
        if segment == "as" {
            break;
        }
        path.push(segment.to_string());
        length += 1;
        match &tokens[length..] {
            [one, two, TokenTree::Ident(_), ..] if is_punct(one, ':') && is_punct(two, ':') => {
                length += 2;
            }
            _ => break,
        }
    }
    (path, length)
}

/// Sets of modules each of which leads to all others.
fn circles(arrows: &BTreeMap<Name, BTreeSet<Name>>) -> BTreeSet<BTreeSet<String>> {
    let reached: BTreeMap<&Name, BTreeSet<&Name>> = arrows
        .keys()
        .map(|from| {
            let mut reached = BTreeSet::new();
            let mut next = vec![from];
            while let Some(at) = next.pop() {
                next.extend(arrows[at].iter().filter(|to| reached.insert(*to)));
            }
            (from, reached)
        })
        .collect();
    reached
        .iter()
        .filter(|(from, to)| to.contains(*from))
        .map(|(from, to)| {
            to.iter()
                .filter(|other| reached[*other].contains(*from))
                .map(|other| shown(other))
                .collect()
        })
        .collect()
}

fn shown(name: &[String]) -> String {
    if name.is_empty() {
        "the root".to_owned()
    } else {
        name.join("::")
    }
}

/// A folder, or one for each provider.
fn each(folder: &str) -> Vec<String> {
    if folder == EACH_PROVIDER {
        let providers = PROVIDERS.iter();
        providers
            .map(|provider| format!("crates/{}", provider.name))
            .collect()
    } else {
        vec![folder.to_owned()]
    }
}

fn folders() -> impl Iterator<Item = String> {
    LAYERS.into_iter().flatten().flat_map(|folder| each(folder))
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for folder in folders().filter(|folder| *folder != "specs") {
        let mut arrows = Crate::read(&folder).arrows();
        assert!(
            arrows.len() == 1 || arrows.values().any(|to| !to.is_empty()),
            "{folder}: no imports were read"
        );
        let (cli, enumeration, command) = FROM_CLAP;
        if folder == cli {
            let commands = arrows.get_mut(&vec![enumeration.to_owned()]).unwrap();
            let all = commands.len();
            commands.retain(|to| !to[0].starts_with(command));
            assert!(commands.len() < all, "{enumeration} knows no commands");
        }
        found.extend(circles(&arrows).into_iter().map(|circle| {
            let arrows: Vec<_> = arrows
                .iter()
                .filter(|(from, _)| circle.contains(&shown(from)))
                .flat_map(|(from, to)| {
                    to.iter()
                        .map(|to| (shown(from), shown(to)))
                        .filter(|(_, to)| circle.contains(to))
                })
                .map(|(from, to)| format!("{from} → {to}"))
                .collect();
            format!("{folder}: {}", arrows.join(", "))
        }));
    }
    assert!(found.is_empty(), "modules import each other: {found:#?}");
}

#[test]
fn only_the_store_of_run_files_knows_their_database() {
    let engine = Crate::read("crates/engine");
    let knows = |module: &Module| {
        let written = module.paths.iter().map(|(_, written)| written);
        let mut all = written.chain(module.uses.values());
        all.any(|written| written.first().is_some_and(|root| root == "rusqlite"))
    };
    let knowing: Vec<_> = engine
        .modules
        .iter()
        .filter(|(_, module)| knows(module))
        .map(|(name, _)| name.join("::"))
        .collect();
    assert!(knowing.len() > 1, "no module was read");
    let others: Vec<_> = knowing
        .iter()
        .filter(|name| !name.starts_with("store::sqlite"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn no_crate_depends_on_one_that_comes_after_it() {
    let name = |folder: &str| {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        (name, manifest)
    };
    let mut before: BTreeMap<String, String> = BTreeMap::new();
    for layer in LAYERS {
        let folders = layer.iter().flat_map(|folder| each(folder));
        let crates: Vec<_> = folders.map(|folder| (name(&folder), folder)).collect();
        for ((_, manifest), folder) in &crates {
            let only = ONLY.iter().find(|(crate_, _)| *crate_ == *folder);
            let allowed = |dependency: &str| {
                before.get(dependency).is_some_and(|place| {
                    only.is_none_or(|(_, allowed)| allowed.contains(&&**place))
                })
            };
            for kind in ["dependencies", "build-dependencies"] {
                let dependencies = manifest.get(kind).and_then(toml::Value::as_table);
                for dependency in dependencies.into_iter().flat_map(toml::Table::keys) {
                    assert!(
                        !dependency.starts_with("prospect-delete-") || allowed(dependency),
                        "{folder} depends on {dependency}, which is beside or after it"
                    );
                }
            }
        }
        before.extend(crates.into_iter().map(|((name, _), folder)| (name, folder)));
    }
    let all = fs::read_dir(root().join("crates")).unwrap();
    for entry in all {
        let folder = format!("crates/{}", entry.unwrap().file_name().display());
        assert!(
            folders().any(|known| known == folder),
            "{folder} has no place among the layers"
        );
    }
}
