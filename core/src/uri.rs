//! ECMAScript's `encodeURI`, and the question whether a text has gone through it (SPEC §2).
//!
//! Every URI of an event is asked that question, so it is answered in one pass without decoding anything: both
//! `encodeURI` and `decodeURI` work character by character, and so does the comparison of their result.

use std::borrow::Cow;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Percent-encodes what a URI can't hold, as `encodeURI` does; a `%` is encoded too.
///
/// ```
/// use arvo::uri::encode_uri;
///
/// assert_eq!(encode_uri("com.order/placed?by=me#top"), "com.order/placed?by=me#top");
/// assert_eq!(encode_uri("ä b"), "%C3%A4%20b");
/// assert_eq!(encode_uri("%20"), "%2520");
/// ```
pub fn encode_uri(text: &str) -> Cow<'_, str> {
    let (clean, rest) = text.split_at(plain_prefix(text.as_bytes()));
    if rest.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len() + 2 * rest.len());
    encoded.push_str(clean);
    for byte in rest.bytes() {
        if is_plain(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    Cow::Owned(encoded)
}

/// Whether a text equals `encodeURI(decodeURI(text))`: only characters that stay, and upper-case escapes of whole
/// UTF-8 characters that need one.
///
/// ```
/// use arvo::uri::is_properly_encoded;
///
/// assert!(is_properly_encoded("%C3%A4%20b"));
/// assert!(!is_properly_encoded("ä b")); // not encoded
/// assert!(!is_properly_encoded("%c3%a4")); // lower case
/// assert!(!is_properly_encoded("%41")); // needless
/// assert!(!is_properly_encoded("%C3")); // half a character
/// ```
pub fn is_properly_encoded(text: &str) -> bool {
    let mut rest = text.as_bytes();
    loop {
        rest = &rest[plain_prefix(rest)..];
        if rest.is_empty() {
            return true;
        }
        let Some(after) = after_character(rest) else { return false };
        rest = after;
    }
}

/// What follows one properly escaped character.
fn after_character(text: &[u8]) -> Option<&[u8]> {
    let (lead, mut rest) = escaped(text)?;
    if lead < 0x80 {
        return (!is_plain(lead)).then_some(rest);
    }
    let mut character = [lead, 0, 0, 0];
    let length = lead.leading_ones() as usize;
    for byte in character.get_mut(1..length)? {
        (*byte, rest) = escaped(rest)?;
    }
    std::str::from_utf8(&character[..length]).is_ok().then_some(rest)
}

/// The byte of one escape in upper case, and what follows it.
fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = text else { return None };
    Some((digit(*high)? << 4 | digit(*low)?, rest))
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// How many bytes at the beginning stay as they are.
fn plain_prefix(text: &[u8]) -> usize {
    let blocks = text.chunks_exact(32).take_while(|block| block.iter().fold(true, |all, byte| all & is_plain(*byte)));
    let whole = 32 * blocks.count();
    whole + text[whole..].iter().take_while(|byte| PLAIN[usize::from(**byte)]).count()
}

/// The same byte by byte, for what is left of the blocks: most texts are shorter than one.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < plain.len() {
        plain[byte] = is_plain(byte as u8);
        byte += 1;
    }
    plain
};

/// What `encodeURI` leaves as it is; without branches, so that a block of bytes is looked at at once.
const fn is_plain(byte: u8) -> bool {
    const fn within(byte: u8, first: u8, last: u8) -> bool {
        byte.wrapping_sub(first) <= last - first
    }
    within(byte, b'a', b'z')
        | within(byte, b'?', b'Z')
        | within(byte, b'&', b';')
        | within(byte, b'#', b'$')
        | (byte == b'!')
        | (byte == b'=')
        | (byte == b'_')
        | (byte == b'~')
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn plain_are_the_characters_that_the_standard_lists() {
        let listed = |byte: u8| byte.is_ascii_alphanumeric() || b";/?:@&=+$,-_.!~*'()#".contains(&byte);
        for byte in 0..=u8::MAX {
            assert_eq!(is_plain(byte), listed(byte), "{byte:#x}");
        }
    }
}
