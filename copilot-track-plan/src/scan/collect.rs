//! Visits the syntax trees of all files.

use std::path::Path;

use syn::{
    Block, Expr, ImplItemFn, Item, ItemConst, ItemEnum, ItemFn, ItemStatic, ItemStruct, ItemType,
    Local, Signature, TraitItemFn,
    ext::IdentExt as _,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use super::{
    attributes, attrs,
    calls::{self, Call, EventOf, Variables},
    constants::Constants,
    derive::{self, DeriveItem},
    found::FoundUse,
    parse,
    shown::Params,
    type_table::{Definition, TypeTable},
};
use crate::{
    model::Location,
    sources::{SourceProblem, Sources, UseKind},
};

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
}

impl Collected {
    pub(super) fn add_file(&mut self, file: &Path) {
        let name = file.display().to_string().replace('\\', "/");
        match parse::read(file) {
            Ok(text) => self.add_text(&name, &text),
            Err(message) => self.problem(&name, 1, message),
        }
    }

    pub(super) fn add_text(&mut self, name: &str, text: &str) {
        match parse::parse(text) {
            Ok(file) if !attrs::is_test(&file.attrs) => {
                let mut visitor = Visitor {
                    collected: self,
                    file: name,
                    function: String::new(),
                    params: Params::default(),
                    variables: Variables::new(),
                    has_adapter: false,
                };
                visitor.visit_file(&file);
            }
            Ok(_) => {}
            Err((line, message)) => self.problem(name, line, message),
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
        sources.uses.sort_by(|a, b| a.location.cmp(&b.location));
        sources
    }
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
    file: &'a str,
    /// The name of the current function.
    function: String,
    params: Params,
    variables: Variables,
    /// Whether an adapter was found in this file.
    has_adapter: bool,
}

impl Visitor<'_> {
    fn at(&self, span: proc_macro2::Span) -> Location {
        Location::new(self.file, span.start().line)
    }

    /// Visits the body of a function, whose parameters and variables are its own.
    fn function(&mut self, signature: &Signature, block: &Block) {
        let name = signature.ident.unraw().to_string();
        let outer = (
            std::mem::replace(&mut self.function, name),
            std::mem::replace(&mut self.params, Params::of(signature)),
            std::mem::take(&mut self.variables),
        );
        visit::visit_block(self, block);
        (self.function, self.params, self.variables) = outer;
    }

    fn attributes(&mut self, attributes: &[syn::Attribute], signature: &Signature) {
        let metas = attrs::all(attributes);
        if attributes::is_tracked(&metas) {
            let found = attributes::found(&metas, signature, self.file);
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
        if !attrs::is_test(attributes) {
            visit::visit_item(self, item);
        }
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
        if attrs::derives(&metas, "TrackEvent") {
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
            match calls::event_of_expr(&init.expr, &self.variables) {
                Some(event) => self.variables.insert(name, event),
                None => self.variables.remove(&name),
            };
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
