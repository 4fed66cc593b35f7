//! The inspector's page in a real browser.

mod page {
    mod accessibility;
    mod actions;
    mod appearance;
    mod chaos;
    mod conversations;
    mod copy;
    mod demo;
    mod export_import;
    mod full_disk;
    mod keyboard;
    mod lists;
    mod live;
    mod numbers;
    mod scale;
    mod sdk;
    mod search;
    mod setup;
    mod tabs;
    mod untrusted_text;
}
