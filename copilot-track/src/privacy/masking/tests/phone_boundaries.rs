//! The exact limits of the rules for phone numbers.

use crate::privacy::masking::phone::find;
use crate::privacy::masking::tests::table::table;

/// Checks that the whole string, or the number after a word, is masked.
fn assert_masked(numbers: &[&str]) {
    for number in numbers {
        let start = number.find(|c: char| !c.is_alphabetic() && c != ' ' && c != ':');
        let start = start.filter(|_| number.starts_with(char::is_alphabetic));
        let (word, _) = number.split_at(start.unwrap_or(0));
        table(find, &[(number, &format!("{word}[phone]"))], &[]);
    }
}

fn assert_kept(numbers: &[&str]) {
    table(find, &[], numbers);
}

#[test]
fn international_numbers_have_7_to_15_digits() {
    assert_masked(&["+1234567", "+123456789012345", "+1 23456 789012345"]);
    assert_kept(&["+123456", "+1 2345", "+1234567890123456", "+0123456789"]);
    table(
        find,
        &[("+12345 6789012345 678", "[phone] 678")],
        &["x+15551234567"],
    );
}

#[test]
fn numbers_with_00_have_7_to_15_digits_after_it() {
    assert_masked(&[
        "001234567",
        "00 1234567",
        "001234567890",
        "00123456789012345",
    ]);
    assert_kept(&[
        "00123456",
        "0012345678",
        "00123456789",
        "001234567890123456",
        "000123456789",
    ]);
}

#[test]
fn national_numbers_with_a_zero_have_9_to_12_digits_or_8_to_13_in_groups() {
    assert_masked(&["012345678", "012345678901", "0123 4567", "01234 56789 012"]);
    assert_kept(&[
        "01234567",
        "0123456789012",
        "0123 456",
        "0 12345678",
        "0012 345",
    ]);
    table(find, &[("01234 56789 0123", "[phone] 0123")], &[]);
    // Pairs with different separators are a date and a time.
    assert_masked(&["01.23.45.67.89", "01 23 45 67 89"]);
    assert_kept(&["01.23.45 67.89"]);
}

#[test]
fn numbers_after_a_phone_word_have_7_to_15_digits() {
    assert_masked(&[
        "call 1234567",
        "call 123456789012345",
        "call 12-34-567",
        "tel:  5550123",
        "phone is on me 5550123",
    ]);
    assert_kept(&[
        "call 123456",
        "call 1234567890123456",
        "tel:   5550123",
        "phone is on me at 5550123",
    ]);
    // At most three characters, of any length in bytes, separate two groups.
    assert_masked(&["call 555　－　0123"]);
    assert_kept(&["call 555 -  0123"]);
}

#[test]
fn dates_are_not_numbers_even_after_a_phone_word() {
    assert_kept(&[
        "call 22.11.1900",
        "call 31.12.2099",
        "call 1.1.2026",
        "call 2026.11.31",
    ]);
    assert_masked(&[
        "call 22.11.1899",
        "call 31.12.2100",
        "call 32.12.2026",
        "call 0.12.2026",
        "call 031.12.2026",
        "call 12.32.2026",
        "call 2026.11.32",
    ]);
}

#[test]
fn the_layouts_of_countries_are_exact() {
    assert_masked(&[
        "255-0123",
        "212 255 0123",
        "112-155-0123",
        "1 212 255 0123",
        "68765 43210",
        "68765-43210",
        "11 1234-5678",
        "11 91234-5678",
        "7 800 555 35 35",
        "8 800 555 35 35",
        "212 345 67-89",
        "138 1234 5678",
    ]);
    assert_kept(&[
        "155-0123",
        "255 0123",
        "112 255 0123",
        "212 155 0123",
        "1 112 255 0123",
        "1 212 155 0123",
        "58765 43210",
        "68765/43210",
        "11 1234 5678",
        "11 912345-6789",
        "6 800 555 35 35",
        "9 800 555 35 35",
        "212 345 67 89",
        "112 345 67-89",
        "238 1234 5678",
        "128 1234 5678",
    ]);
    table(find, &[("2 212 255 0123", "2 [phone]")], &[]);
}

#[test]
fn the_forms_of_ungrouped_numbers_are_exact() {
    assert_masked(&[
        "6121150123",
        "2122250123",
        "12122250123",
        "13112345678",
        // The month or the day is too high for a date.
        "2026131210",
        "2026123210",
    ]);
    assert_kept(&[
        "5121150123",
        "1122250123",
        "2121250123",
        "11122250123",
        "12111345678",
        "2026123110",
    ]);
}

#[test]
fn an_area_code_in_parentheses_makes_a_number() {
    assert_masked(&["(555) 123-4567", "(555) -123-4567", "(012) 3456"]);
    assert_kept(&["(555) 123", "555) 123-4567", "(555 123-4567)x"]);
}

#[test]
fn neighbors_can_prevent_a_match() {
    assert_kept(&[
        "2122250123%",
        "2122250123.5",
        "2122250123-x",
        "2122250123x",
        "1.2122250123",
        "x-2122250123",
        "$2122250123",
    ]);
    table(
        find,
        &[
            ("2122250123.", "[phone]."),
            ("2122250123- x", "[phone]- x"),
            ("a. 2122250123, b", "a. [phone], b"),
            (".2122250123", ".[phone]"),
            ("-2122250123", "-[phone]"),
        ],
        &[],
    );
}
