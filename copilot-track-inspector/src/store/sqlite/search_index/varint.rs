//! Integers with a variable number of bytes.

/// Appends a number: 7 bits per byte, the lowest first.
pub(super) fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

/// Appends a number that can be negative.
pub(super) fn write_signed(bytes: &mut Vec<u8>, number: i64) {
    write(
        bytes,
        (number.wrapping_shl(1) ^ (number >> 63)).cast_unsigned(),
    );
}

/// Removes a number from the start of `bytes`. Returns `None` if there is no valid number.
pub(super) fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Removes a number that can be negative.
pub(super) fn read_signed(bytes: &mut &[u8]) -> Option<i64> {
    let number = read(bytes)?;
    Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_a_round_trip() {
        for number in [0, 1, -1, 127, 128, -300, i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            write_signed(&mut bytes, number);
            write(&mut bytes, number.cast_unsigned());
            let mut rest = &*bytes;
            assert_eq!(read_signed(&mut rest), Some(number));
            assert_eq!(read(&mut rest), Some(number.cast_unsigned()));
            assert_eq!(read(&mut rest), None);
        }
        assert_eq!(read(&mut &[0xff; 11][..]), None);
    }
}
