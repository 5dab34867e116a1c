//! The repository: where it is, what is in it, what Cargo says about it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::Failure;
use crate::process;

/// The top of the repository this program was built from.
pub(crate) fn root() -> &'static Path {
    // The manifest folder is `ROOT/xtask`; it has a parent.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"))
}

/// A file of the repository; the path is relative to the top, with `/`. What is no text has none here.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Lines with their numbers, counted from 1.
    pub(crate) fn numbered_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// All files Git knows or would take: new ones count, so that a rule is broken before the commit and not after.
pub(crate) fn source_files() -> Result<Vec<SourceFile>, Failure> {
    let listing = process::output("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let mut files = Vec::new();
    for path in listing.split('\0').filter(|path| !path.is_empty()) {
        match fs::read_to_string(root().join(path)) {
            Ok(text) => files.push(SourceFile { path: path.to_owned(), text }),
            // A picture: it is there for links, and has no lines to check.
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                files.push(SourceFile { path: path.to_owned(), text: String::new() });
            }
            // Listed but deleted in the working tree: nothing to check.
            Err(_) => {}
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// How one package depends on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DependencyKind {
    /// In what is shipped, or needed to build it.
    Normal,
    /// In tests and benches only.
    Dev,
}

#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: DependencyKind,
}

#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: Vec<String>,
    /// Test binaries that are always built.
    pub(crate) tests: Vec<String>,
    /// Test binaries that are built only with some features.
    pub(crate) gated_tests: Vec<GatedTest>,
}

/// A test binary that Cargo leaves out, without a word, unless these features are on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GatedTest {
    pub(crate) name: String,
    pub(crate) features: Vec<String>,
}

/// The packages of the workspace as Cargo reads them. Needs no network: nothing is resolved.
pub(crate) fn packages() -> Result<Vec<Package>, Failure> {
    Ok(array(&metadata()?["packages"]).iter().map(package).collect())
}

/// Where Cargo puts what it builds.
pub(crate) fn target_dir() -> Result<PathBuf, Failure> {
    Ok(text(&metadata()?["target_directory"]).into())
}

fn metadata() -> Result<Value, Failure> {
    let text = process::output(&process::cargo(), &["metadata", "--no-deps", "--format-version", "1"])?;
    serde_json::from_str(&text).map_err(|cause| Failure::while_doing("read `cargo metadata`", cause))
}

/// Whether a package has a feature of this name.
pub(crate) fn has_feature(packages: &[Package], package: &str, feature: &str) -> bool {
    packages.iter().any(|found| found.name == package && found.features.iter().any(|known| known == feature))
}

fn package(value: &Value) -> Package {
    let features = value["features"].as_object().map(|map| map.keys().cloned().collect());
    let targets = array(&value["targets"]).iter().filter_map(test_target);
    let (tests, gated_tests): (Vec<_>, Vec<_>) = targets.partition(|test| test.features.is_empty());
    Package {
        name: text(&value["name"]),
        dependencies: array(&value["dependencies"]).iter().map(dependency).collect(),
        features: features.unwrap_or_default(),
        tests: tests.into_iter().map(|test| test.name).collect(),
        gated_tests,
    }
}

fn test_target(target: &Value) -> Option<GatedTest> {
    let features = array(&target["required-features"]).iter().map(text).collect();
    let is_test = array(&target["kind"]).iter().any(|kind| kind == "test");
    is_test.then(|| GatedTest { name: text(&target["name"]), features })
}

fn dependency(value: &Value) -> Dependency {
    let kind = match value["kind"].as_str() {
        Some("dev") => DependencyKind::Dev,
        _ => DependencyKind::Normal,
    };
    Dependency { name: text(&value["name"]), kind }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The folder with the documentation of the installed toolchain: real files, the same on every machine of a version.
pub(crate) fn toolchain_documentation() -> Result<PathBuf, Failure> {
    let sysroot = process::output("rustc", &["--print", "sysroot"])?;
    let documentation = Path::new(sysroot.trim()).join("share/doc");
    if documentation.join("rust/html").is_dir() {
        Ok(documentation)
    } else {
        Err(Failure::new("the documentation of the toolchain is not installed")
            .hint("run `rustup component add rust-docs`, or name a folder"))
    }
}
