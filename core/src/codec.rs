//! The text form of subjects and managed ids: base64 of a zlib stream, read within limits (SPEC §3, §6, §18).
//!
//! Setting up zlib's tables costs more than using them on these few hundred bytes, so each thread keeps its own.

use std::cell::RefCell;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::environment::Limits;

const WINDOW_BITS: u8 = 15;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Usual texts inflate within this, so that one call fills one buffer.
const USUAL_SIZE: usize = 1024;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

thread_local! {
    static DEFLATER: RefCell<Compress> = RefCell::new(Compress::new(Compression::default(), true));
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(true));
}

/// Standard, padded base64 of the zlib stream of `content`.
pub(crate) fn deflate(content: &[u8]) -> String {
    let stream = DEFLATER.with_borrow_mut(|deflater| {
        deflater.reset();
        deflate_with(deflater, content)
    });
    BASE64.encode(stream)
}

/// What [`deflate`] was given. Takes gzip too, URL-safe or unpadded base64, and white space anywhere.
///
/// Memory stays within a small multiple of the two limits, whatever the text holds.
pub(crate) fn inflate(text: &str, limits: &Limits) -> Result<Vec<u8>, CodecError> {
    if text.len() > limits.encoded {
        return Err(CodecError::TooLong { size: text.len(), limit: limits.encoded });
    }
    let stream = decode_base64(text).ok_or(CodecError::Base64)?;
    if stream.starts_with(&GZIP_MAGIC) {
        return inflate_with(&mut Decompress::new_gzip(WINDOW_BITS), &stream, limits.inflated);
    }
    INFLATER.with_borrow_mut(|inflater| {
        inflater.reset(true);
        inflate_with(inflater, &stream, limits.inflated)
    })
}

/// The same as text: a byte order mark is cut, and what is no UTF-8 replaced (SPEC §19).
pub(crate) fn inflate_text(text: &str, limits: &Limits) -> Result<String, CodecError> {
    let content = inflate(text, limits)?;
    let content =
        String::from_utf8(content).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(content.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(content))
}

fn deflate_with(deflater: &mut Compress, content: &[u8]) -> Vec<u8> {
    let mut stream = Vec::with_capacity(content.len() + 64);
    loop {
        let read = deflater.total_in() as usize;
        match deflater.compress_vec(&content[read..], &mut stream, FlushCompress::Finish) {
            Ok(Status::StreamEnd) => return stream,
            Ok(_) => stream.reserve(USUAL_SIZE),
            Err(never) => unreachable!("a compressor that was reset takes any bytes: {never}"),
        }
    }
}

fn inflate_with(inflater: &mut Decompress, stream: &[u8], limit: usize) -> Result<Vec<u8>, CodecError> {
    let most = limit.saturating_add(1); // one more than allowed, to tell what fits exactly from what does not
    let mut content = Vec::with_capacity(USUAL_SIZE.max(4 * stream.len()).min(most));
    loop {
        let (read, written) = (inflater.total_in(), content.len());
        let status = inflater
            .decompress_vec(&stream[read as usize..], &mut content, FlushDecompress::Finish)
            .map_err(|error| CodecError::Stream { reason: error.message().unwrap_or("damaged").to_owned() })?;
        if content.len() > limit {
            return Err(CodecError::TooLarge { size: stream.len(), limit });
        }
        match status {
            Status::StreamEnd if inflater.total_in() == stream.len() as u64 => return Ok(content),
            Status::StreamEnd => {
                return Err(CodecError::Trailing { bytes: stream.len() - inflater.total_in() as usize });
            }
            _ if content.len() == content.capacity() => {
                content.reserve_exact(content.len().max(1).min(most - content.len()));
            }
            _ if inflater.total_in() == read && content.len() == written => return Err(CodecError::Truncated),
            _ => {}
        }
    }
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok().or_else(|| BASE64.decode(in_standard_alphabet(text)?).ok())
}

/// A text that has URL-safe characters or white space, without them.
fn in_standard_alphabet(text: &str) -> Option<String> {
    let foreign = |c: char| matches!(c, '-' | '_') || c.is_ascii_whitespace();
    let standard = |c| match c {
        '-' => '+',
        '_' => '/',
        other => other,
    };
    text.contains(foreign).then(|| text.chars().filter(|c| !c.is_ascii_whitespace()).map(standard).collect())
}

/// Why a text is no subject or managed id, as far as base64 and zlib can tell.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The text itself is too long; nothing of it was read.
    #[error("encoded text of {size} bytes is over the limit of {limit}; send less, or raise `Limits::encoded`")]
    TooLong {
        /// Its bytes.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// It inflates to too much; inflating stopped there.
    #[error(
        "{size} compressed bytes inflate to more than the limit of {limit} bytes; send less, or raise `Limits::inflated`"
    )]
    TooLarge {
        /// Bytes of the compressed stream.
        size: usize,
        /// Inflated bytes allowed.
        limit: usize,
    },
    /// The text is no base64.
    #[error("text is no base64; send what `encode` gave, not percent-encoded or shortened")]
    Base64,
    /// The bytes are no zlib or gzip stream, or the stream is damaged.
    #[error("no zlib or gzip stream ({reason}); send what `encode` gave, unchanged")]
    Stream {
        /// What the decompressor says.
        reason: String,
    },
    /// The stream ends too early.
    #[error("the zlib or gzip stream is cut off; send all of the text")]
    Truncated,
    /// Something follows the stream.
    #[error("{bytes} bytes follow the zlib or gzip stream; send one stream and nothing after it")]
    Trailing {
        /// How many.
        bytes: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(encoded: usize, inflated: usize) -> Limits {
        Limits { encoded, inflated, ..Limits::default() }
    }

    #[test]
    fn the_limits_are_the_largest_sizes_accepted() {
        for size in [0, 1, 1023, 1024, 1025, 4096, 65_536, 200_000] {
            let content: Vec<u8> = (0..size).map(|at| (at * at / 7) as u8).collect();
            let text = deflate(&content);
            assert_eq!(inflate(&text, &limits(text.len(), size)), Ok(content), "{size}");
            let shorter = text.len() - 1;
            assert_eq!(
                inflate(&text, &limits(shorter, size)),
                Err(CodecError::TooLong { size: text.len(), limit: shorter })
            );
            if size > 0 {
                let error = inflate(&text, &limits(text.len(), size - 1));
                assert!(matches!(error, Err(CodecError::TooLarge { limit, .. }) if limit == size - 1), "{error:?}");
            }
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_takes_memory() {
        let bomb = deflate(&vec![b' '; 30_000_000]);
        assert!(bomb.len() < 64 * 1024);
        let mut inflater = Decompress::new(true);
        let stream = decode_base64(&bomb).unwrap();
        assert!(matches!(inflate_with(&mut inflater, &stream, 65_536), Err(CodecError::TooLarge { .. })));
        assert_eq!(inflater.total_out(), 65_537);
    }

    #[test]
    fn each_damage_has_its_error() {
        let text = deflate(b"content");
        let stream = BASE64.decode(&text).unwrap();
        let inflated = |bytes: &[u8]| inflate(&BASE64.encode(bytes), &Limits::DEFAULT);
        for cut in 0..stream.len() {
            assert_eq!(inflated(&stream[..cut]), Err(CodecError::Truncated), "{cut}");
        }
        assert_eq!(inflated(&[&stream[..], b"xy"].concat()), Err(CodecError::Trailing { bytes: 2 }));
        assert!(matches!(inflated(&stream[2..]), Err(CodecError::Stream { .. })));
        let mut damaged = stream.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(matches!(inflated(&damaged), Err(CodecError::Stream { .. })));
        for text in ["%3D", "a", "ä", "====", "ab=c"] {
            assert_eq!(inflate(text, &Limits::DEFAULT), Err(CodecError::Base64), "{text}");
        }
        assert_eq!(inflated(&stream), Ok(b"content".to_vec()), "an error leaves no trace in the kept state");
    }

    #[test]
    fn text_loses_its_byte_order_mark_and_bad_utf8() {
        let text = |bytes: &[u8]| inflate_text(&deflate(bytes), &Limits::DEFAULT);
        assert_eq!(text(b"\xef\xbb\xbf{\xff}").unwrap(), "{\u{fffd}}");
        assert_eq!(text("\u{feff}\u{feff}".as_bytes()).unwrap(), "\u{feff}");
    }
}
