//! Tests of the derive macro's generated code and errors.

use quote::quote;

use super::expand;

fn errors(input: proc_macro2::TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(expand(input)).unwrap();
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
    let output = expand(quote! {
        struct ItemPurchased<'a, T> { item_id: &'a str, rest: Vec<T>, #[track(skip)] hidden: u8 }
    })
    .to_string();
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
