//! Structs that derive `TrackEvent`.

use serde_json::json;
use syn::ext::IdentExt as _;
use syn::{Expr, ItemStruct};

use super::args::{Arg, ArgValue};
use super::attrs;
use super::constants::Constants;
use super::serde_types::{has, renamed, with_description};
use super::type_table::TypeTable;
use crate::case::{event_name, serde_rename_field, track_rename};
use crate::model::Location;
use crate::sources::{EventUse, UseKind, UsedProperty};

/// A struct that derives `TrackEvent`.
pub(super) struct DeriveItem {
    pub(super) item: ItemStruct,
    pub(super) location: Location,
}

/// Describes a struct. Returns a message if its name is not a literal that the sources show.
pub(super) fn event(
    derive: &DeriveItem,
    types: &TypeTable,
    constants: &Constants,
) -> (EventUse, Option<String>) {
    let DeriveItem { item, location } = derive;
    let ident = item.ident.unraw().to_string();
    let metas = attrs::all(&item.attrs);
    let track = attrs::args(&metas, "track");
    let serde = attrs::args(&metas, "serde");
    let mut used = EventUse::new(UseKind::Derive, &ident, location.clone());
    used.description = attrs::doc(&metas);
    let mut problem = None;
    used.event = match name_of(&track) {
        None => Some(event_name(&ident)),
        Some(expr) => {
            let name = constants.text(expr).map(|name| name.trim().to_owned());
            if name.is_none() {
                problem = Some(format!(
                    "the event name of `{ident}` is not shown in the sources"
                ));
            }
            name
        }
    };
    let rules = (renamed(&track, "rename_all"), renamed(&serde, "rename_all"));
    for field in &item.fields {
        let metas = attrs::all(&field.attrs);
        let track = attrs::args(&metas, "track");
        let serde = attrs::args(&metas, "serde");
        let sends_always = track.iter().any(|arg| arg.name == "skip" && !arg.is_set());
        let is_skipped = is_set(&track, "skip")
            .unwrap_or_else(|| has(&serde, "skip") || has(&serde, "skip_serializing"));
        if is_skipped {
            continue;
        }
        let rename = renamed(&track, "rename");
        let is_flattened =
            is_set(&track, "flatten").unwrap_or_else(|| has(&serde, "flatten") && rename.is_none());
        if is_flattened {
            used.is_open = true;
            continue;
        }
        let name = rename
            .map(|name| name.trim().to_owned())
            .or_else(|| renamed(&serde, "rename"))
            .or_else(|| {
                let ident = field.ident.as_ref()?.unraw().to_string();
                match &rules {
                    (Some(rule), _) => track_rename(rule, &ident),
                    (None, Some(rule)) => serde_rename_field(rule, &ident),
                    (None, None) => track_rename("camelCase", &ident),
                }
            });
        let Some(name) = name else { continue };
        let is_converted =
            has(&track, "with") || has(&serde, "with") || has(&serde, "serialize_with");
        let resolved = types.resolve(&field.ty, 0);
        let schema = if is_converted {
            json!({})
        } else {
            resolved.schema
        };
        let skips = has(&serde, "skip_serializing_if") && !sends_always;
        let line = field
            .ident
            .as_ref()
            .map_or(location.line, |ident| ident.span().start().line);
        used.properties.push(UsedProperty {
            name,
            schema: with_description(schema, &metas),
            is_required: !resolved.is_optional && !skips,
            location: Location::new(location.file.clone(), line),
        });
    }
    (used, problem)
}

fn name_of(track: &[Arg]) -> Option<&Expr> {
    track.iter().find_map(|arg| match &arg.value {
        ArgValue::Expr(expr) if arg.name == "name" => Some(&**expr),
        _ => None,
    })
}

/// Returns whether the flag `name` is set, if it is there.
fn is_set(args: &[Arg], name: &str) -> Option<bool> {
    let arg = args.iter().find(|arg| arg.name == name)?;
    Some(arg.is_set())
}
