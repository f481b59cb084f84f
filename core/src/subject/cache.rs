//! Parsed subjects by their text: every event of a workflow carries the same one.
//!
//! Two generations instead of a list in order of use: what is asked for lives in the young one; when that is full it
//! becomes the old one, and what nobody asked for since then goes. A text is found by a hash of 64 bits; two texts of
//! one hash only push each other out, so a sender who knows the hash gains nothing.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::error::SubjectError;
use super::subject::Subject;
use crate::environment::Limits;

const SUBJECTS: usize = 4096;
const BYTES: usize = 4 * 1024 * 1024;
/// As many threads can look up at once.
const SHARDS: usize = 16;

pub(super) static CACHE: LazyLock<SubjectCache> = LazyLock::new(|| SubjectCache::new(SUBJECTS, BYTES));

/// What is kept at most, over all shards and both generations.
pub(super) struct SubjectCache {
    shards: [Mutex<Shard>; SHARDS],
    of_generation: Bounds,
}

#[derive(Clone, Copy)]
struct Bounds {
    subjects: usize,
    bytes: usize,
}

impl SubjectCache {
    pub(super) fn new(subjects: usize, bytes: usize) -> Self {
        let of_generation = Bounds { subjects: subjects / SHARDS / 2, bytes: bytes / SHARDS / 2 };
        Self { shards: Default::default(), of_generation }
    }

    pub(super) fn get_or_parse(&self, text: &str, limits: &Limits) -> Result<Subject, SubjectError> {
        let hash = hash(text.as_bytes());
        let found = self.shard(hash).get(hash, text, limits, self.of_generation);
        if let Some(subject) = found {
            return Ok(subject);
        }
        let subject = Subject::parse(text, limits)?;
        self.insert(hash, text, limits, &subject);
        Ok(subject)
    }

    /// Takes up what reading the text within these limits would give.
    pub(super) fn remember(&self, text: &str, limits: &Limits, subject: &Subject) {
        self.insert(hash(text.as_bytes()), text, limits, subject);
    }

    fn insert(&self, hash: u64, text: &str, limits: &Limits, subject: &Subject) {
        let Some(content) = subject.weight() else { return };
        let weight = size_of::<Entry>() + text.len() + content;
        let entry = Entry { text: text.into(), limits: *limits, subject: subject.clone(), weight };
        self.shard(hash).insert(hash, entry, self.of_generation);
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        lock(&self.shards[(hash >> 32) as usize % SHARDS]) // the maps use the bits at both ends
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct Shard {
    young: Generation,
    old: Generation,
    /// Weight of the young.
    bytes: usize,
}

type Generation = HashMap<u64, Entry, BuildHasherDefault<Unhashed>>;

struct Entry {
    text: Box<str>,
    /// A subject read within wide limits is none for a reader with narrow ones.
    limits: Limits,
    subject: Subject,
    weight: usize,
}

impl Shard {
    fn get(&mut self, hash: u64, text: &str, limits: &Limits, bounds: Bounds) -> Option<Subject> {
        let is_it = |entry: &Entry| *entry.text == *text && entry.limits == *limits;
        if let Some(entry) = self.young.get(&hash).filter(|entry| is_it(entry)) {
            return Some(entry.subject.clone());
        }
        let entry = self.old.remove(&hash).filter(is_it)?;
        let subject = entry.subject.clone();
        self.insert(hash, entry, bounds);
        Some(subject)
    }

    fn insert(&mut self, hash: u64, entry: Entry, bounds: Bounds) {
        if entry.weight > bounds.bytes {
            return;
        }
        let bytes = self.bytes + entry.weight;
        if self.young.len() >= bounds.subjects || bytes > bounds.bytes {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += entry.weight;
        let replaced = self.young.insert(hash, entry);
        self.bytes -= replaced.map_or(0, |entry| entry.weight);
    }
}

/// Hashes 16 bytes a step by one wide multiplication. The bits are spread well for texts that nobody crafted.
fn hash(text: &[u8]) -> u64 {
    const ODD: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        (product as u64) ^ (product >> 64) as u64
    };
    let (steps, rest) = text.as_chunks::<16>();
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    let mixed = steps.iter().chain([&last]).fold(text.len() as u64, |state, step| {
        let number = u128::from_le_bytes(*step);
        fold(number as u64 ^ state ^ ODD[0], (number >> 64) as u64 ^ ODD[1])
    });
    fold(mixed, ODD[0])
}

/// Hands a key through that is a hash already.
#[derive(Default)]
struct Unhashed(u64);

impl Hasher for Unhashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(bytes);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    fn text(meta: &str) -> String {
        Subject::root("arvo.orc.test", "com.test.client")
            .meta("m", meta)
            .build(&Environment::system())
            .unwrap()
            .encode()
    }

    fn kept(cache: &SubjectCache) -> (usize, usize) {
        let entries = |shard: &Mutex<Shard>| {
            let shard = lock(shard);
            assert_eq!(shard.bytes, shard.young.values().map(|entry| entry.weight).sum::<usize>());
            let weights: Vec<usize> =
                shard.young.values().chain(shard.old.values()).map(|entry| entry.weight).collect();
            (weights.len(), weights.iter().sum::<usize>())
        };
        cache.shards.iter().map(entries).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
    }

    fn read(cache: &SubjectCache, text: &str) -> Subject {
        cache.get_or_parse(text, &Limits::DEFAULT).unwrap()
    }

    #[test]
    fn a_subject_in_use_stays_and_others_go() {
        let cache = SubjectCache::new(SHARDS * 2 * 2, usize::MAX);
        let used = text("");
        let first = read(&cache, &used);
        for _ in 0..500 {
            let other = text("");
            assert_eq!(read(&cache, &other), Subject::parse(&other, &Limits::DEFAULT).unwrap());
            assert!(first.is_same(&read(&cache, &used)), "not parsed again");
            assert!(kept(&cache).0 <= SHARDS * 2 * 2);
        }
        assert!(kept(&cache).0 > SHARDS);
    }

    #[test]
    fn bytes_are_bounded_and_a_large_subject_is_not_kept() {
        let bytes = SHARDS * 2 * 5_000;
        let cache = SubjectCache::new(usize::MAX, bytes);
        for size in (0..20_000).step_by(100) {
            read(&cache, &text(&"x".repeat(size)));
            assert!(kept(&cache).1 <= bytes, "{:?}", kept(&cache));
        }
        let before = kept(&cache);
        read(&cache, &text(&"x".repeat(6_000)));
        assert_eq!(kept(&cache), before);
    }

    #[test]
    fn a_narrow_limit_is_kept_for_a_text_that_is_known() {
        let cache = SubjectCache::new(1000, usize::MAX);
        let text = text("");
        read(&cache, &text);
        let narrow = Limits { encoded: text.len() - 1, ..Limits::DEFAULT };
        assert!(cache.get_or_parse(&text, &narrow).is_err());
        assert!(cache.get_or_parse("garbage", &Limits::DEFAULT).is_err());
    }

    #[test]
    fn what_is_remembered_is_what_reading_the_text_gives() {
        let subject = |meta: &str| Subject::root("arvo.orc.test", "com.test.client").meta("m", meta);
        let wide = Limits::DEFAULT;
        let short = Limits { encoded: 300, ..wide };
        let all =
            [wide, short, Limits { inflated: 300, ..wide }, Limits { depth: 1, ..wide }, Limits { keys: 2, ..wide }];
        for limits in all {
            for meta in ["plain", "\"quoted\" \n", "\u{feff}ä", &"x".repeat(1_000), &text("")] {
                let subject = subject(meta).build(&Environment::system()).unwrap();
                let text = subject.encode_and_remember(&limits);
                assert_eq!(text, subject.encode());
                match Subject::parse(&text, &limits) {
                    Ok(read) => assert_eq!(
                        (&read, true),
                        (&subject, subject.is_same(&Subject::cached(&text, &limits).unwrap()))
                    ),
                    Err(_) => assert!(Subject::cached(&text, &limits).is_err(), "{limits:?}"),
                }
            }
        }
    }

    #[test]
    fn two_texts_of_one_hash_push_each_other_out() {
        let mut shard = Shard::default();
        let bounds = Bounds { subjects: 9, bytes: usize::MAX };
        for text in [text("a"), text("b")] {
            let subject = Subject::parse(&text, &Limits::DEFAULT).unwrap();
            assert!(shard.get(7, &text, &Limits::DEFAULT, bounds).is_none());
            let entry =
                Entry { text: text.as_str().into(), limits: Limits::DEFAULT, subject: subject.clone(), weight: 1 };
            shard.insert(7, entry, bounds);
            assert_eq!(shard.get(7, &text, &Limits::DEFAULT, bounds), Some(subject));
            assert_eq!((shard.young.len(), shard.bytes), (1, 1));
        }
    }

    #[test]
    fn the_hash_reads_every_byte_and_the_length() {
        let mut seen = std::collections::HashSet::from([hash(&[0; 40])]);
        for at in 0..40 {
            let mut text = [0; 40];
            text[at] = 1;
            assert!(seen.insert(hash(&text)), "{at}");
            assert!(seen.insert(hash(&vec![0; at])), "{at}");
        }
    }
}
