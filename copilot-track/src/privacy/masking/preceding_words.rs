//! The words next to a number, which say what the number is.

use crate::privacy::masking::haystack::{Haystack, is_letter, is_quote, is_space};

const WORDS: usize = 4;
const WORD_CHARS: usize = 16;
const GAP_CHARS: usize = 4;

/// An iterator over at most four words before a position on the same line, the nearest word first.
/// The words are in lowercase. `orderId` and `order_id` are two words.
pub(super) struct PrecedingWords<'t> {
    text: Haystack<'t>,
    at: usize,
    left: usize,
}

impl<'t> PrecedingWords<'t> {
    pub(super) fn new(text: Haystack<'t>, at: usize) -> Self {
        Self {
            text,
            at,
            left: WORDS,
        }
    }
}

impl Iterator for PrecedingWords<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        let end = self.text.skip_back(self.at, GAP_CHARS, is_gap);
        let start = self.text.skip_back(end, WORD_CHARS, is_letter);
        let run = self.text.slice(start, end);
        let part = run
            .char_indices()
            .zip(run.chars().skip(1))
            .filter(|((_, before), c)| before.is_lowercase() && c.is_uppercase())
            .last()
            .map_or(0, |((index, before), _)| index + before.len_utf8());
        let word = run.get(part..).filter(|word| !word.is_empty())?;
        self.at = start + part;
        Some(word.to_lowercase())
    }
}

fn is_gap(c: char) -> bool {
    is_space(c)
        || is_quote(c)
        || matches!(
            c,
            ':' | '='
                | '.'
                | '#'
                | '('
                | '>'
                | '<'
                | '_'
                | '-'
                | '*'
                | '\\'
                | '№'
                | 'º'
                | '°'
                | '：'
                | '＝'
        )
}

/// Returns whether `word` is in `list`. An entry outside ASCII also matches a longer word that
/// contains the entry, because Chinese puts no spaces between words and Russian declines words.
pub(super) fn is_in(list: &[&str], word: &str) -> bool {
    list.iter()
        .any(|entry| word == *entry || !entry.is_ascii() && word.contains(entry))
}

/// Words before numbers that identify orders, products, and records.
#[rustfmt::skip]
pub(super) const RECORDS: &[&str] = &[
    "order", "orders", "invoice", "ticket", "case", "ref", "reference", "sku", "tracking", "isbn",
    "article", "serial", "upc", "ean", "gtin", "barcode", "part", "item", "model", "batch", "lot",
    "vat", "imei", "shipment", "parcel", "package", "transaction", "txn", "request", "trace",
    "span", "message", "msg", "job", "process", "pid", "row", "rows", "user", "customer",
    "employee", "claim", "fbid", "uid", "guid", "tid", "oid", "po", "timestamp", "nonce", "commit", "bestellung", "bestellnummer",
    "auftrag", "auftragsnummer", "rechnung", "rechnungsnummer", "sendungsnummer", "kundennummer",
    "artikelnummer", "pedido", "factura", "envío", "seguimiento", "encomenda", "fatura",
    "commande", "facture", "suivi", "ordine", "fattura", "spedizione", "bestelling",
    "bestelnummer", "factuur", "tilaus", "tilausnumero", "lasku", "beställning", "bestilling",
    "ordre", "zamówieni", "faktur", "objednávk", "narudžb", "заказ", "счет", "счёт", "трек",
    "طلب", "فاتورة", "ऑर्डर", "订单", "單號", "单号", "訂單", "注文", "伝票", "주문", "송장",
];

/// Words that make the number before them a quantity.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "rows", "row", "bytes", "records", "items", "users", "lines", "files", "events", "requests",
    "ms", "ns", "us", "seconds", "tokens", "points", "cycles", "steps", "views", "visitors",
];

/// Returns whether a word such as "rows" follows the number that ends at `end`.
pub(super) fn is_quantity(text: Haystack<'_>, end: usize) -> bool {
    let start = text.skip_up_to(end, 1, is_space);
    let word_end = text.skip_up_to(start, WORD_CHARS, is_letter);
    UNITS.contains(&text.slice(start, word_end))
}
