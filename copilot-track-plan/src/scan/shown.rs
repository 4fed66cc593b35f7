//! The types of expressions, as far as the sources show them.

use std::collections::HashMap;

use serde_json::{Value, json};
use syn::ext::IdentExt as _;
use syn::{BinOp, Expr, FnArg, Lit, Member, Pat, ReturnType, Signature, Type, UnOp};

/// What the sources show about the type of a value.
#[derive(Clone)]
pub(super) enum Shown {
    Unknown,
    Schema(Value),
    Type(Box<Type>),
    /// The type of a field of a struct.
    Field(Box<Type>, String),
}

/// The types of the parameters of a function, by name.
#[derive(Default, Clone)]
pub(super) struct Params(HashMap<String, Type>);

impl Params {
    pub(super) fn of(signature: &Signature) -> Self {
        let mut params = Self::default();
        for input in &signature.inputs {
            if let FnArg::Typed(input) = input {
                params.add(&input.pat, &input.ty);
            }
        }
        params
    }

    /// Adds the variable of a pattern with its type.
    pub(super) fn add(&mut self, pattern: &Pat, ty: &Type) {
        match pattern {
            Pat::Ident(pattern) => {
                let name = pattern.ident.unraw().to_string();
                self.0.insert(name, ty.clone());
            }
            // `Parameters(request): Parameters<Request>`, as in rmcp
            Pat::TupleStruct(pattern) => {
                if let (Some(Pat::Ident(inner)), 1) = (pattern.elems.first(), pattern.elems.len())
                    && let Some(ty) = only_argument(ty)
                {
                    self.0.insert(inner.ident.unraw().to_string(), ty.clone());
                }
            }
            _ => {}
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Type> {
        self.0.get(name)
    }

    /// Returns what the sources show about the parameter `name`.
    pub(super) fn shown(&self, name: &str) -> Shown {
        match self.get(name) {
            Some(ty) => Shown::Type(Box::new(ty.clone())),
            None => Shown::Unknown,
        }
    }
}

fn only_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments
    else {
        return None;
    };
    match (arguments.args.first(), arguments.args.len()) {
        (Some(syn::GenericArgument::Type(ty)), 1) => Some(ty),
        _ => None,
    }
}

fn schema(json_type: &str) -> Shown {
    Shown::Schema(json!({ "type": json_type }))
}

/// Returns what an expression shows about its type.
pub(super) fn of_expr(expr: &Expr, params: &Params) -> Shown {
    match expr {
        Expr::Lit(lit) => of_literal(&lit.lit),
        Expr::Cast(cast) => Shown::Type(cast.ty.clone()),
        Expr::Group(group) => of_expr(&group.expr, params),
        Expr::Paren(paren) => of_expr(&paren.expr, params),
        Expr::Reference(reference) => of_expr(&reference.expr, params),
        Expr::Unary(unary) => match unary.op {
            UnOp::Not(_) => schema("boolean"),
            _ => of_expr(&unary.expr, params),
        },
        Expr::Binary(binary) => of_binary(binary, params),
        Expr::Path(path) => match path.path.get_ident() {
            Some(ident) => params.shown(&ident.unraw().to_string()),
            None => Shown::Unknown,
        },
        Expr::Field(field) => match (of_expr(&field.base, params), &field.member) {
            (Shown::Type(ty), Member::Named(name)) => Shown::Field(ty, name.unraw().to_string()),
            _ => Shown::Unknown,
        },
        Expr::MethodCall(call) => of_method(call, params),
        Expr::Macro(call) => {
            let name = call
                .mac
                .path
                .segments
                .last()
                .map(|last| last.ident.to_string());
            match name.as_deref() {
                Some("format" | "concat" | "stringify" | "env") => schema("string"),
                Some("matches") => schema("boolean"),
                Some("vec") => schema("array"),
                _ => Shown::Unknown,
            }
        }
        Expr::Closure(closure) => of_closure(closure, params),
        Expr::Block(block) => match block.block.stmts.last() {
            Some(syn::Stmt::Expr(expr, None)) => of_expr(expr, params),
            _ => Shown::Unknown,
        },
        _ => Shown::Unknown,
    }
}

fn of_literal(lit: &Lit) -> Shown {
    match lit {
        Lit::Str(_) | Lit::Char(_) => schema("string"),
        Lit::Int(_) | Lit::Byte(_) => schema("integer"),
        Lit::Float(_) => schema("number"),
        Lit::Bool(_) => schema("boolean"),
        _ => Shown::Unknown,
    }
}

fn of_binary(binary: &syn::ExprBinary, params: &Params) -> Shown {
    match binary.op {
        BinOp::And(_)
        | BinOp::Or(_)
        | BinOp::Eq(_)
        | BinOp::Ne(_)
        | BinOp::Lt(_)
        | BinOp::Le(_)
        | BinOp::Gt(_)
        | BinOp::Ge(_) => schema("boolean"),
        // Both sides of the arithmetic of primitive types have the same type.
        _ => match of_expr(&binary.left, params) {
            Shown::Unknown => of_expr(&binary.right, params),
            shown => shown,
        },
    }
}

fn of_method(call: &syn::ExprMethodCall, params: &Params) -> Shown {
    let name = call.method.to_string();
    match name.as_str() {
        "to_string" | "as_str" | "to_lowercase" | "to_uppercase" | "to_ascii_lowercase"
        | "to_ascii_uppercase" | "trim" | "join" => schema("string"),
        "len" | "count" | "as_millis" | "as_secs" | "as_micros" | "as_nanos" => schema("integer"),
        "as_secs_f64" | "as_secs_f32" => schema("number"),
        "contains" | "starts_with" | "ends_with" | "any" | "all" => schema("boolean"),
        "clone" | "to_owned" | "as_ref" | "as_deref" | "cloned" | "copied" | "into" | "unwrap"
        | "unwrap_or" | "unwrap_or_default" => of_expr(&call.receiver, params),
        _ if name.starts_with("is_") && call.args.is_empty() => schema("boolean"),
        _ => Shown::Unknown,
    }
}

fn of_closure(closure: &syn::ExprClosure, params: &Params) -> Shown {
    if let ReturnType::Type(_, ty) = &closure.output {
        return Shown::Type(ty.clone());
    }
    let mut params = params.clone();
    for input in &closure.inputs {
        match input {
            Pat::Type(input) => params.add(&input.pat, &input.ty),
            // The parameter hides a parameter of the function that has the same name.
            Pat::Ident(input) => {
                params.0.remove(&input.ident.unraw().to_string());
            }
            _ => {}
        }
    }
    of_expr(&closure.body, &params)
}
