//! Signatures. The signature of a text shows that another text is not part of it.
//!
//! A signature is a Bloom filter of the sequences of three bytes in the text. If it does not
//! contain all sequences of another text, that text is not a part. Bytes instead of characters make
//! texts in all scripts work.

/// The minimum and the maximum size of a signature, as a power of two of its bits.
const MIN_BITS_LOG: u32 = 12;
const MAX_BITS_LOG: u32 = 18;

/// Returns the signature of a text. It has about as many bits as the text has bytes.
pub(super) fn signature(text: &str) -> Vec<u8> {
    let bits_log = text
        .len()
        .next_power_of_two()
        .trailing_zeros()
        .clamp(MIN_BITS_LOG, MAX_BITS_LOG);
    let mut signature = vec![0_u8; 1 << (bits_log - 3)];
    for sequence in text.as_bytes().windows(3) {
        let bit = position(sequence, bits_log);
        if let Some(byte) = signature.get_mut(bit / 8) {
            *byte |= 1 << (bit % 8);
        }
    }
    signature
}

/// Returns whether a text with this signature can contain `part`.
pub(super) fn can_contain(signature: &[u8], part: &str) -> bool {
    if !signature.len().is_power_of_two() {
        return true;
    }
    let bits_log = signature.len().trailing_zeros() + 3;
    part.as_bytes().windows(3).all(|sequence| {
        let bit = position(sequence, bits_log);
        signature
            .get(bit / 8)
            .is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
    })
}

/// Returns the bit of a sequence of three bytes.
fn position(sequence: &[u8], bits_log: u32) -> usize {
    let number = sequence
        .iter()
        .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    (number.wrapping_mul(0x9e37_79b1) >> (32 - bits_log.min(31))) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_contains_all_parts_and_few_other_texts() {
        let words: Vec<String> = (0..2_000)
            .map(|word| format!("word{word} größe "))
            .collect();
        let text = words.concat();
        let signature = signature(&text);
        assert_eq!(signature.len(), 65_536 / 8, "{} bytes", text.len());
        for part in ["", "w", "wo", "word1999", "größe word7", "d1 g"] {
            assert!(can_contain(&signature, part), "{part}");
        }
        let other = |number: u32| format!("{number:x} kettle");
        let others = (0..1_000).filter(|number| can_contain(&signature, &other(*number)));
        assert!(others.count() < 10);
    }
}
