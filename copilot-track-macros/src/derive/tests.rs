//! Tests of the derive macro's generated code and errors.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Descriptions, describe, expand};

fn errors(input: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(expand(Descriptions::InTests, input)).unwrap();
    file.items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Macro(item) => syn::parse2::<syn::LitStr>(item.mac.tokens.clone()).ok(),
            _ => None,
        })
        .map(|message| message.value())
        .collect()
}

#[test]
fn a_struct_becomes_an_event() {
    let input = quote! {
        struct ItemPurchased<'a, T> { item_id: &'a str, rest: Vec<T>, #[track(skip)] hidden: u8 }
    };
    let output = expand(Descriptions::Everywhere, input).to_string();
    assert!(output.contains("\"Item Purchased\""), "{output}");
    assert!(output.contains("\"itemId\""), "{output}");
    assert!(
        output.contains("Vec < T > : :: copilot_track :: PropertyValue"),
        "{output}"
    );
    assert!(!output.contains("hidden"), "{output}");
}

#[test]
fn all_errors_are_reported_together() {
    let errors = errors(quote! {
        #[track(name = "message sent", nmae = "x", rename = "y")]
        struct Bought {
            conversation_id: String,
            #[track(rename = "b")] a: u8,
            b: u8,
            #[track(skip, flatten)] c: u8,
        }
    });
    assert_eq!(errors.len(), 6, "{errors:#?}");
}

#[test]
fn enums_unions_and_structs_without_properties_are_rejected() {
    for input in [
        quote!(
            enum E {
                A,
            }
        ),
        quote!(union U { a: u8 }),
        quote!(
            struct Opened;
        ),
        quote!(
            struct Opened {
                #[track(skip)]
                a: u8,
            }
        ),
        quote!(
            struct Opened(u8);
        ),
    ] {
        assert_eq!(errors(input.clone()).len(), 1, "{input}");
    }
    assert_eq!(
        errors(quote!(
            #[track(empty)]
            struct Opened;
        )),
        Vec::<String>::new()
    );
}

#[test]
fn only_the_library_may_use_spec_event_names() {
    assert_eq!(
        errors(quote!(
            #[track(crate = crate)]
            struct ConversationStarted;
        )),
        Vec::<String>::new()
    );
    assert_eq!(
        errors(quote!(
            struct ConversationStarted {
                a: u8,
            }
        ))
        .len(),
        1
    );
}

/// Returns the path and the tokens of the macro that is called under `#[cfg(test)]`.
fn call_in_tests(output: TokenStream) -> Option<(String, TokenStream)> {
    let file: syn::File = syn::parse2(output).unwrap();
    file.items.into_iter().find_map(|item| match item {
        syn::Item::Macro(syn::ItemMacro { attrs, mac, .. })
            if quote!(#(#attrs)*).to_string() == quote!(#[cfg(test)]).to_string() =>
        {
            Some((quote!(#mac).to_string(), mac.tokens))
        }
        _ => None,
    })
}

#[test]
fn events_are_described_in_tests_or_with_the_feature() {
    let input = quote! {
        /// An item was sold.
        #[track(crate = ::telemetry::track, name = Self::NAME)]
        struct Sold<T> where T: Copy { #[track(rename = "n")] number: Currency, #[serde(flatten)] rest: T }
    };
    let output = expand(Descriptions::InTests, input.clone());
    assert!(!output.to_string().contains("PlannedEvent"), "{output}");
    let (call, source) = call_in_tests(output).unwrap();
    assert!(
        call.starts_with(
            ":: telemetry :: track :: reexport_of_copilot_track :: __private :: describe !"
        ),
        "{call}"
    );
    assert_eq!(source.to_string(), input.to_string());

    let description = describe(source).to_string();
    for part in [
        ":: telemetry :: track :: reexport_of_copilot_track :: args :: PlannedEvent for Sold < T >",
        "\"An item was sold.",
        "where T : Copy , T : :: telemetry :: track :: reexport_of_copilot_track :: PropertyValue",
        "TypeProbe :: < Currency >",
    ] {
        assert!(description.contains(part), "{part}\n{description}");
    }
    let output = expand(Descriptions::Everywhere, input);
    assert!(output.to_string().ends_with(&description), "{output}");
    assert!(call_in_tests(output).is_none());
}

#[test]
fn a_description_repeats_no_error() {
    for input in [
        quote!(
            struct Sold {
                #[track(nmae = "n")]
                number: u8,
            }
        ),
        quote!(
            enum Sold {
                Item,
            }
        ),
        quote!(struct),
    ] {
        assert!(describe(input.clone()).is_empty(), "{input}");
        let output = expand(Descriptions::InTests, input);
        assert!(output.to_string().contains("compile_error"), "{output}");
        assert!(call_in_tests(output).is_none());
    }
}
