//! A copy of a crate from crates.io.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use toml_edit::{DocumentMut, InlineTable, Item, Table, value};

use crate::build::Line;
use crate::options::{CrateSpec, Options};
use crate::source::{self, FunctionId, Position, Source};

/// The packages that attributes need, with folders relative to this package.
const PACKAGES: &[(&str, &str)] = &[
    ("copilot-track", "../../copilot-track"),
    ("annotate-conversation", "conversation"),
];

/// A copy of a crate that depends on copilot-track.
pub(crate) struct Package {
    /// The name and the version.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) sources: Vec<Source>,
}

impl Package {
    /// Downloads a crate with cargo, copies it, and adds the dependency.
    pub(crate) fn download(options: &Options, spec: &CrateSpec) -> Result<Self, String> {
        let original = find_source(&options.work.join("download"), spec)?;
        let name = original
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let folder = options.work.join("sources").join(&name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|why| why.to_string())?;
        }
        copy(&original, &folder).map_err(|why| format!("copy: {why}"))?;
        // Cargo selects the newest versions, so that all crates share the builds of dependencies.
        let _ = fs::remove_file(folder.join("Cargo.lock"));
        edit_manifest(&folder.join("Cargo.toml"), options.suite)?;
        let sources = source::read_all(&folder, Path::new("src"))?;
        Ok(Self {
            name,
            folder,
            sources,
        })
    }

    /// Writes all files with `attribute` on each function, except on those in `without`.
    pub(crate) fn write(
        &self,
        attribute: &str,
        position: Position,
        without: &BTreeSet<FunctionId>,
    ) -> Result<(), String> {
        for (index, source) in self.sources.iter().enumerate() {
            let without = without
                .iter()
                .filter(|(file, _)| *file == index)
                .map(|(_, function)| *function)
                .collect();
            self.write_file(
                &source.path,
                &source.annotated(attribute, position, &without),
            )?;
        }
        Ok(())
    }

    /// Writes all files without attributes.
    pub(crate) fn restore(&self) -> Result<(), String> {
        self.sources
            .iter()
            .try_for_each(|source| self.write_file(&source.path, source.text()))
    }

    /// Returns the innermost function that contains a line.
    pub(crate) fn function_at(&self, line: &Line) -> Option<FunctionId> {
        let file = self
            .sources
            .iter()
            .position(|source| source.path == line.path)?;
        let function = self.sources[file].function_at(line.number)?;
        Some((file, function))
    }

    /// Returns the name of a function.
    pub(crate) fn name_of(&self, (file, function): FunctionId) -> &str {
        &self.sources[file].functions[function].name
    }

    /// Returns the number of functions.
    pub(crate) fn functions(&self) -> usize {
        self.sources
            .iter()
            .map(|source| source.functions.len())
            .sum()
    }

    /// Writes a file if its text changes, because cargo compares the times of files.
    fn write_file(&self, path: &Path, text: &str) -> Result<(), String> {
        let path = self.folder.join(path);
        if fs::read_to_string(&path).is_ok_and(|written| written == text) {
            return Ok(());
        }
        fs::write(&path, text).map_err(|why| format!("{}: {why}", path.display()))
    }
}

/// Returns the folder in which cargo keeps the source of a crate. Downloads it if necessary.
fn find_source(folder: &Path, spec: &CrateSpec) -> Result<PathBuf, String> {
    let requirement = spec
        .version
        .as_ref()
        .map_or_else(|| "*".to_owned(), |version| format!("={version}"));
    let manifest = format!(
        "[package]\nname = \"download\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\ndownloaded = {{ package = \"{}\", version = \"{requirement}\" }}\n",
        spec.name
    );
    fs::create_dir_all(folder.join("src"))
        .and_then(|()| fs::write(folder.join("src/lib.rs"), ""))
        .and_then(|()| fs::write(folder.join("Cargo.toml"), manifest))
        .map_err(|why| format!("{}: {why}", folder.display()))?;
    let _ = fs::remove_file(folder.join("Cargo.lock"));
    let metadata = MetadataCommand::new()
        .manifest_path(folder.join("Cargo.toml"))
        .exec()
        .map_err(|why| why.to_string())?;
    let resolve = metadata.resolve.as_ref();
    let root = resolve
        .and_then(|resolve| {
            resolve
                .nodes
                .iter()
                .find(|node| Some(&node.id) == resolve.root.as_ref())
        })
        .and_then(|root| root.dependencies.first())
        .ok_or("cargo did not resolve the crate")?;
    let source = metadata[root].manifest_path.parent();
    source
        .map(|source| source.as_std_path().to_owned())
        .ok_or_else(|| "the crate has no folder".to_owned())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Adds the packages that attributes need to the dependencies. Without `suite`, removes what only
/// tests need.
fn edit_manifest(path: &Path, suite: bool) -> Result<(), String> {
    let failed = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let text = fs::read_to_string(path).map_err(|why| failed(&why))?;
    let mut manifest: DocumentMut = text.parse().map_err(|why| failed(&why))?;
    for (name, folder) in PACKAGES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let folder = folder.canonicalize().map_err(|why| failed(&why))?;
        let mut dependency = InlineTable::new();
        dependency.insert("path", folder.to_string_lossy().as_ref().into());
        dependency.insert("default-features", false.into());
        manifest
            .entry("dependencies")
            .or_insert(Item::Table(Table::new()))[name] = value(dependency);
    }
    // Otherwise, cargo would select old versions of dependencies.
    if let Some(package) = manifest
        .get_mut("package")
        .and_then(Item::as_table_like_mut)
    {
        package.remove("rust-version");
    }
    manifest.insert("workspace", Item::Table(Table::new()));
    if !suite {
        for key in ["dev-dependencies", "test", "bench", "example"] {
            manifest.remove(key);
        }
        let targets = manifest.get_mut("target").and_then(Item::as_table_like_mut);
        for (_, target) in targets.into_iter().flat_map(|targets| targets.iter_mut()) {
            if let Some(target) = target.as_table_like_mut() {
                target.remove("dev-dependencies");
            }
        }
    }
    fs::write(path, manifest.to_string()).map_err(|why| failed(&why))
}
