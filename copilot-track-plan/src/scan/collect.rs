//! Visits the syntax trees of all files.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ImplItemFn, Item, ItemConst, ItemEnum, ItemFn, ItemMacro, ItemMod, ItemStatic,
    ItemStruct, ItemType, Local, Signature, TraitItemFn,
};

use super::aliases::Aliases;
use super::calls::{self, Call};
use super::constants::Constants;
use super::derive::{self, DeriveItem};
use super::found::FoundUse;
use super::modules::{self, Included, ModulePlace};
use super::shown::Params;
use super::type_table::{Definition, TypeTable};
use super::variables::{EventOf, Variables};
use super::walk::FoundFiles;
use super::{attributes, attrs, parse};
use crate::model::Location;
use crate::sources::{SourceProblem, Sources, UseKind};

/// The crates that report the usage of models for the application.
const ADAPTERS: &[&str] = &["copilot_track_openai", "copilot_track_rig"];

/// What was found in all files. Types are resolved at the end, when all definitions are known.
#[derive(Default)]
pub(super) struct Collected {
    derives: Vec<DeriveItem>,
    uses: Vec<FoundUse>,
    types: TypeTable,
    constants: Constants,
    problems: Vec<SourceProblem>,
    /// Files to which `#[path]` and `include!` lead.
    linked: Vec<PathBuf>,
    /// The files and folders of modules that are compiled only for tests.
    tests: HashSet<PathBuf>,
}

impl Collected {
    /// Adds files, and the files to which they lead.
    pub(super) fn add_files(&mut self, found: FoundFiles) {
        let FoundFiles {
            files,
            mut seen,
            unreadable,
        } = found;
        for (folder, message) in unreadable {
            self.problem(&shown(&folder), 1, message);
        }
        for file in &files {
            self.add_file(file);
        }
        while let Some(file) = self.linked.pop() {
            match fs::canonicalize(&file) {
                Ok(path) => {
                    if seen.insert(path) {
                        self.add_file(&file);
                    }
                }
                Err(error) => {
                    self.problem(&shown(&file), 1, format!("cannot read the file: {error}"));
                }
            }
        }
    }

    fn add_file(&mut self, file: &Path) {
        if file.ancestors().any(|path| self.tests.contains(path)) {
            return;
        }
        match parse::read(file) {
            Ok(text) => self.add_text(file, &text),
            Err(message) => self.problem(&shown(file), 1, message),
        }
    }

    pub(super) fn add_text(&mut self, path: &Path, text: &str) {
        let name = shown(path);
        match parse::parse(text) {
            Ok(file) if !attrs::is_test(&file.attrs) => {
                let aliases = Rc::new(Aliases::of(&file));
                let mut visitor = Visitor {
                    collected: self,
                    path,
                    file: &name,
                    modules: Vec::new(),
                    function: String::new(),
                    params: Params::default(),
                    variables: Variables::new(Rc::clone(&aliases)),
                    aliases,
                    has_adapter: false,
                };
                visitor.visit_file(&file);
            }
            Ok(_) => {}
            Err((line, message)) => self.problem(&name, line, message),
        }
    }

    fn problem(&mut self, file: &str, line: usize, message: String) {
        self.problems.push(SourceProblem {
            location: Location::new(file, line),
            message,
        });
    }

    /// Resolves the types.
    pub(super) fn finish(self) -> Sources {
        let mut sources = Sources {
            uses: Vec::new(),
            problems: self.problems,
        };
        for item in &self.derives {
            let (used, problem) = derive::event(item, &self.types, &self.constants);
            if let Some(message) = problem {
                sources.problems.push(SourceProblem {
                    location: used.location.clone(),
                    message,
                });
            }
            sources.uses.push(used);
        }
        for mut found in self.uses {
            if let Some(path) = &found.constant {
                found.event = self.constants.get(path).map(|name| name.trim().to_owned());
                if found.event.is_none() && !found.has_properties() {
                    sources.problems.push(unnamed(&found.location));
                }
            }
            let mut used = found.resolve(&self.types);
            // A property that is set on a derived event is a property of this event.
            if used.kind == UseKind::Derive {
                let derived = sources
                    .uses
                    .iter()
                    .find(|other| other.kind == UseKind::Derive && other.item == used.item);
                let Some(derived) = derived else { continue };
                used.event.clone_from(&derived.event);
                used.kind = UseKind::CustomEvent;
            }
            sources.uses.push(used);
        }
        // A file can be read before the file that declares its module for tests.
        let is_kept = |location: &Location| {
            let mut paths = Path::new(&location.file).ancestors();
            !paths.any(|path| self.tests.contains(path))
        };
        sources.uses.retain(|used| is_kept(&used.location));
        sources.problems.retain(|it| is_kept(&it.location));
        sources.uses.sort_by(|a, b| a.location.cmp(&b.location));
        let problems = &mut sources.problems;
        problems.sort_by(|a, b| a.location.cmp(&b.location));
        sources
    }
}

/// Returns the name of a file for messages.
fn shown(file: &Path) -> String {
    file.display().to_string().replace('\\', "/")
}

/// Returns the problem of a custom event whose name the sources do not show.
fn unnamed(location: &Location) -> SourceProblem {
    SourceProblem {
        location: location.clone(),
        message: "the name of this `CustomEvent` is not a literal".to_owned(),
    }
}

struct Visitor<'a> {
    collected: &'a mut Collected,
    path: &'a Path,
    /// The name of the file for messages.
    file: &'a str,
    /// The modules around the current item in this file.
    modules: Vec<String>,
    /// The name of the current function.
    function: String,
    params: Params,
    variables: Variables,
    aliases: Rc<Aliases>,
    /// Whether an adapter was found in this file.
    has_adapter: bool,
}

impl Visitor<'_> {
    fn at(&self, span: proc_macro2::Span) -> Location {
        Location::new(self.file, span.start().line)
    }

    fn place(&self) -> ModulePlace<'_> {
        ModulePlace {
            file: self.path,
            modules: &self.modules,
        }
    }

    /// Leaves out the files of a module that is compiled only for tests.
    fn test_module(&mut self, item: &ItemMod) {
        let place = self.place();
        if let Some(file) = place.file_in_path(item) {
            self.collected.tests.insert(file);
            return;
        }
        let stems = place.stems(item).into_iter();
        let exists = |stem: &PathBuf| {
            let file = stem.with_extension("rs");
            file.exists() || stem.is_dir()
        };
        if let Some(stem) = stems.into_iter().find(exists) {
            self.collected.tests.insert(stem.with_extension("rs"));
            self.collected.tests.insert(stem);
        }
    }

    /// Visits the body of a function, whose parameters and variables are its own.
    fn function(&mut self, signature: &Signature, block: &Block) {
        let name = signature.ident.unraw().to_string();
        let variables = self.variables.of_function();
        let outer = (
            std::mem::replace(&mut self.function, name),
            std::mem::replace(&mut self.params, Params::of(signature)),
            std::mem::replace(&mut self.variables, variables),
        );
        visit::visit_block(self, block);
        (self.function, self.params, self.variables) = outer;
    }

    fn attributes(&mut self, attributes: &[syn::Attribute], signature: &Signature) {
        let metas = attrs::all(attributes);
        if attributes::is_tracked(&metas, &self.aliases) {
            let found = attributes::found(&metas, signature, self.file, &self.aliases);
            self.collected.uses.extend(found);
        }
    }

    /// Adds the properties that an adapter reports, if `name` is the crate of an adapter.
    fn adapter(&mut self, name: &syn::Ident) {
        if !self.has_adapter && ADAPTERS.iter().any(|adapter| name == adapter) {
            self.has_adapter = true;
            let location = self.at(name.span());
            self.call(Some(calls::usage()), &location);
        }
    }

    fn call(&mut self, call: Option<Call>, location: &Location) {
        let Some(Call { event, properties }) = call else {
            return;
        };
        let kind = match &event {
            EventOf::Spec(_) => UseKind::SpecEvent,
            EventOf::Struct(_) => UseKind::Derive,
            _ => UseKind::CustomEvent,
        };
        let mut used = FoundUse::new(kind, &self.function, location.clone());
        match event {
            EventOf::Spec(name) => used.event = Some(name.to_owned()),
            EventOf::Custom(name) => used.event = Some(name),
            EventOf::Struct(name) => used.item = name,
            EventOf::Constant(path) => used.constant = Some(path),
            EventOf::Text(_) => return,
            EventOf::Unnamed => {
                // The place at which the event is created is reported, not each of its properties.
                if properties.is_empty() {
                    self.collected.problems.push(unnamed(location));
                }
                return;
            }
        }
        for (name, shape) in properties {
            used.add(&name, shape, location.clone());
        }
        self.collected.uses.push(used);
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            _ => {
                visit::visit_item(self, item);
                return;
            }
        };
        match item {
            _ if !attrs::is_test(attributes) => visit::visit_item(self, item),
            Item::Mod(item) if item.content.is_none() => self.test_module(item),
            _ => {}
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.content.is_none() {
            let file = self.place().file_in_path(item);
            self.collected.linked.extend(file);
        }
        self.modules.push(item.ident.unraw().to_string());
        visit::visit_item_mod(self, item);
        self.modules.pop();
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        match modules::included(&item.mac, self.path) {
            Some(Included::File(file)) => self.collected.linked.push(file),
            Some(Included::Unknown) => {
                let location = self.at(item.mac.path.span());
                self.collected.problems.push(SourceProblem {
                    location,
                    message:
                        "the file in this `include!` is not read, because its path is not a literal"
                            .to_owned(),
                });
            }
            None => {}
        }
        visit::visit_item_macro(self, item);
    }

    fn visit_use_path(&mut self, path: &'ast syn::UsePath) {
        self.adapter(&path.ident);
        visit::visit_use_path(self, path);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(first) = path.segments.first() {
            self.adapter(&first.ident);
        }
        visit::visit_path(self, path);
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        let metas = attrs::all(&item.attrs);
        let name = item.ident.unraw().to_string();
        if attrs::derives(&metas, "TrackEvent", &self.aliases) {
            self.collected.derives.push(DeriveItem {
                item: item.clone(),
                location: self.at(item.ident.span()),
            });
        }
        // The fields of a struct without `Serialize` are known, too: attributes name them.
        let item = Box::new(item.clone());
        self.collected.types.add(name, Definition::Struct(item));
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        let name = item.ident.unraw().to_string();
        let item = Box::new(item.clone());
        self.collected.types.add(name, Definition::Enum(item));
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        if item.generics.params.is_empty() {
            let name = item.ident.unraw().to_string();
            self.collected
                .types
                .add(name, Definition::Alias(item.ty.clone()));
        }
    }

    fn visit_item_const(&mut self, item: &'ast ItemConst) {
        self.collected
            .constants
            .add(&item.ident.unraw().to_string(), &item.expr);
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast ItemStatic) {
        self.collected
            .constants
            .add(&item.ident.unraw().to_string(), &item.expr);
        visit::visit_item_static(self, item);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.collected
            .constants
            .add(&item.ident.unraw().to_string(), &item.expr);
        visit::visit_impl_item_const(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.attributes(&item.attrs, &item.sig);
        self.function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !attrs::is_test(&item.attrs) {
            self.attributes(&item.attrs, &item.sig);
            self.function(&item.sig, &item.block);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.attributes(&item.attrs, &item.sig);
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        visit::visit_local(self, local);
        if let Some(init) = &local.init
            && let Some(name) = calls::variable(&local.pat)
        {
            let event = calls::event_of_expr(&init.expr, &self.variables);
            self.variables.set(name, event);
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::MethodCall(call) => {
                let found = calls::of_method(call, &self.variables, &self.params);
                let location = self.at(call.method.span());
                self.call(found, &location);
            }
            Expr::Call(call) => {
                let location = self.at(call.func.span());
                self.call(calls::of_call(call, &self.variables), &location);
            }
            Expr::Struct(item) => {
                if let Some(event @ EventOf::Spec(_)) = calls::event_of_expr(expr, &self.variables)
                {
                    let call = Call {
                        event,
                        properties: Vec::new(),
                    };
                    let location = self.at(item.path.span());
                    self.call(Some(call), &location);
                }
            }
            _ => {}
        }
        visit::visit_expr(self, expr);
    }
}
