//! The inspector's page in a real browser.

mod page {
    mod chaos;
    mod copies;
    mod demo;
    mod files;
    mod full;
    mod hostile;
    mod keyboard;
    mod lists;
    mod live;
    mod looks;
    mod scale;
    mod setup;
}
