//! What the face of this thread was told before, and knows by number: texts that come again and again, and lists of
//! attributes' names. Both only grow, up to a limit, and the face asks for what it does not know yet: so several faces in
//! one thread may know different much.

use std::borrow::Cow;
use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use arvo::telemetry::Attribute;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashSet};
use napi_derive::napi;
use serde_json::Value;

use crate::text::Text;

/// How many texts are known at most, and how many bytes each has.
const TEXTS: usize = 1024;
const LONGEST: usize = 200;
/// How many texts that came once are remembered until they are forgotten again.
const ONCE: usize = 1024;
/// How many lists of names are known at most.
const SHAPES: usize = 256;

#[derive(Default)]
struct Known {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, usize>,
    /// Hashes of texts that came once: most of them never come again.
    once: HashSet<u64>,
    shapes: Vec<Vec<Cow<'static, str>>>,
    /// By hash of the names.
    places: HashMap<u64, usize>,
    hasher: RandomState,
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// The number of a text that comes again and again.
pub fn text(text: &str) -> Option<usize> {
    KNOWN.with_borrow_mut(|known| known.text(text))
}

/// The number of a list of names.
pub fn shape(attributes: &[Attribute]) -> Option<usize> {
    KNOWN.with_borrow_mut(|known| known.shape(attributes))
}

impl Known {
    fn text(&mut self, text: &str) -> Option<usize> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let is_full = self.texts.len() == TEXTS;
        if is_full || text.len() > LONGEST || !self.came_before(text) {
            return None;
        }
        let text: Arc<str> = text.into();
        self.numbers.insert(Arc::clone(&text), self.texts.len());
        self.texts.push(text);
        Some(self.texts.len() - 1)
    }

    fn came_before(&mut self, text: &str) -> bool {
        let hash = self.hasher.hash_one(text);
        if self.once.remove(&hash) {
            return true;
        }
        if self.once.len() == ONCE {
            self.once.clear();
        }
        self.once.insert(hash);
        false
    }

    fn shape(&mut self, attributes: &[Attribute]) -> Option<usize> {
        let mut hasher = self.hasher.build_hasher();
        for (name, _) in attributes {
            hasher.write(name.as_bytes());
            hasher.write_u8(0xff);
        }
        let hash = hasher.finish();
        if let Some(place) = self.places.get(&hash) {
            let are_same = self.shapes[*place].iter().eq(attributes.iter().map(|(name, _)| name));
            return are_same.then_some(*place);
        }
        if self.shapes.len() == SHAPES {
            return None;
        }
        self.places.insert(hash, self.shapes.len());
        self.shapes.push(attributes.iter().map(|(name, _)| name.clone()).collect());
        Some(self.shapes.len() - 1)
    }
}

/// The texts from this number on, as JSON.
#[napi(catch_unwind)]
pub fn known_texts(from: u32) -> Text {
    KNOWN.with_borrow(|known| known.texts.iter().skip(from as usize).map(|text| &**text).collect::<Value>()).into()
}

/// The lists of names from this number on, as JSON.
#[napi(catch_unwind)]
pub fn known_shapes(from: u32) -> Text {
    let names = |shape: &Vec<Cow<'static, str>>| shape.iter().map(|name| &**name).collect::<Value>();
    KNOWN.with_borrow(|known| known.shapes.iter().skip(from as usize).map(names).collect::<Value>()).into()
}
