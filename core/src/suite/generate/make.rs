//! One value for a schema, by chance: objects and lists, and what they hold.

use serde_json::{Map, Value};

use super::error::GenerateError;
use super::flatten::{Flat, member};
use super::{number, pattern, text};
use crate::random::Random;

/// Makes one value; another one for each try.
pub(super) struct Maker<'a> {
    pub(super) root: &'a Value,
    pub(super) random: &'a mut Random,
    /// How many parts and characters a part may have that may have any number of them.
    size: usize,
    /// Values that may still be made.
    left: usize,
    /// Which schema made the value at which place, both as JSON Pointers.
    places: Vec<(String, String)>,
}

/// Where nothing can be made, and why.
pub(super) struct Nothing {
    path: String,
    reason: &'static str,
}

impl Nothing {
    pub(super) fn at(path: &str, reason: &'static str) -> Self {
        Self { path: path.to_owned(), reason }
    }
}

impl From<Nothing> for GenerateError {
    fn from(nothing: Nothing) -> Self {
        let path = if nothing.path.is_empty() { "#".to_owned() } else { nothing.path };
        Self::Nothing { path, reason: nothing.reason }
    }
}

/// From here on only what must be there is made.
const DEEP: usize = 5;
/// Nothing is made below.
const DEEPEST: usize = 60;
/// Values of one try.
const VALUES: usize = 2_000;

const SIMPLE: [&str; 4] = ["string", "integer", "boolean", "null"];
/// Which keywords tell of which type, where `type` does not.
const TELLING: [(&str, &[&str]); 4] = [
    ("object", &["properties", "required", "additionalProperties", "minProperties", "patternProperties"]),
    ("array", &["items", "prefixItems", "minItems", "contains", "uniqueItems"]),
    ("string", &["pattern", "minLength", "maxLength", "format"]),
    ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
];

impl<'a> Maker<'a> {
    pub(super) fn new(root: &'a Value, random: &'a mut Random, size: usize) -> Self {
        Self { root, random, size, left: VALUES, places: Vec::new() }
    }

    /// A value of the whole schema that is an object.
    pub(super) fn object(&mut self) -> Result<Value, Nothing> {
        let mut flat = self.flatten(self.root, "", false)?;
        let allows = match flat.keywords.get("type") {
            Some(Value::String(type_)) => type_ == "object",
            Some(Value::Array(types)) => types.iter().any(|type_| type_ == "object"),
            _ => true,
        };
        if !allows {
            return Err(Nothing::at(&flat.path, "allows no object, and the data of an event is one"));
        }
        flat.keywords.insert("type".to_owned(), "object".into());
        self.of_flat(&flat, "", 0)
    }

    /// The schema that made the value at a place, or the one around it.
    pub(super) fn schema_of(&self, place: &str) -> String {
        let mut around = Some(place);
        while let Some(at) = around {
            if let Some((_, path)) = self.places.iter().rev().find(|(known, _)| known == at) {
                return if path.is_empty() { "#".to_owned() } else { path.clone() };
            }
            around = at.rfind('/').map(|end| &at[..end]);
        }
        "#".to_owned()
    }

    fn value(&mut self, schema: &Value, path: &str, place: &str, depth: usize) -> Result<Value, Nothing> {
        if depth > DEEPEST || self.left == 0 {
            return Err(Nothing::at(path, "needs values in values without end"));
        }
        self.left -= 1;
        let flat = self.flatten(schema, path, depth > DEEP)?;
        self.of_flat(&flat, place, depth)
    }

    fn of_flat(&mut self, flat: &Flat, place: &str, depth: usize) -> Result<Value, Nothing> {
        self.places.push((place.to_owned(), flat.path.clone()));
        if let Some(constant) = flat.keywords.get("const") {
            return Ok(constant.clone());
        }
        if let Some(values) = flat.keywords.get("enum").and_then(Value::as_array) {
            let picked = self.random.pick(values).cloned();
            return picked.ok_or_else(|| Nothing::at(&flat.path, "has no values to choose from"));
        }
        match self.type_of(&flat.keywords) {
            "object" => self.members(flat, place, depth),
            "array" => self.items(flat, place, depth),
            "string" => Ok(self.text(flat)?.into()),
            "integer" => number::integer(&flat.keywords, self.random).ok_or_else(|| no_number(flat)),
            "number" => number::number(&flat.keywords, self.random).ok_or_else(|| no_number(flat)),
            "boolean" => Ok(self.random.chance(50).into()),
            _ => Ok(Value::Null),
        }
    }

    fn type_of(&mut self, keywords: &'_ Map<String, Value>) -> &'static str {
        let said: Vec<&str> = match keywords.get("type") {
            Some(Value::String(type_)) => vec![type_.as_str()],
            Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let known = |name: &str| {
            ["object", "array", "string", "integer", "number", "boolean", "null"]
                .into_iter()
                .find(|type_| *type_ == name)
        };
        if let Some(type_) = self.random.pick(&said) {
            return known(type_).unwrap_or("null");
        }
        let told = TELLING.iter().find(|(_, telling)| telling.iter().any(|key| keywords.contains_key(*key)));
        told.map_or_else(|| self.random.pick(&SIMPLE).copied().unwrap_or("null"), |(type_, _)| *type_)
    }

    fn text(&mut self, flat: &Flat) -> Result<String, Nothing> {
        let of = |key: &str| flat.keywords.get(key).and_then(Value::as_str);
        if let Some(pattern) = of("pattern") {
            let made = pattern::matching(pattern, self.size, self.random);
            return made.ok_or_else(|| Nothing::at(&flat.path, "has a pattern that no text can be made of"));
        }
        if let Some(made) = of("format").and_then(|format| text::of_format(format, self.random)) {
            return Ok(made);
        }
        let length = |key: &str| count(&flat.keywords, key);
        Ok(text::any(length("minLength").unwrap_or(0), length("maxLength"), self.size, self.random))
    }

    fn members(&mut self, flat: &Flat, place: &str, depth: usize) -> Result<Value, Nothing> {
        let keywords = &flat.keywords;
        let empty = Map::new();
        let properties = keywords.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let required: Vec<&str> = keywords
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let (least, most) = (count(keywords, "minProperties").unwrap_or(0), count(keywords, "maxProperties"));
        let optional = if depth > DEEP { 0 } else { [0, 50, 50, 100][self.random.below(4)] };
        let mut made = Map::new();
        for (key, schema) in properties {
            let must = required.contains(&key.as_str());
            if !must && (!self.random.chance(optional) || most.is_some_and(|most| made.len() >= most)) {
                continue;
            }
            let (path, place) = (format!("{}/properties/{key}", flat.path), member(place, key));
            match self.value(schema, &path, &place, depth + 1) {
                Ok(value) => drop(made.insert(key.clone(), value)),
                Err(nothing) if must => return Err(nothing),
                Err(_) => {}
            }
        }
        self.dependent(keywords, &mut made, flat, place, depth)?;
        for key in required.iter().filter(|key| !properties.contains_key(**key)) {
            let value = self.extra(keywords, key, flat, place, depth)?;
            made.insert((*key).to_owned(), value);
        }
        let may_have_more = keywords.get("additionalProperties") != Some(&Value::Bool(false));
        let mut more = least.saturating_sub(made.len());
        if may_have_more && more == 0 && depth <= DEEP && self.random.chance(15) {
            more = 1 + self.random.below(self.size);
        }
        for _ in 0..more {
            if most.is_some_and(|most| made.len() >= most) {
                break;
            }
            let key = self.key(keywords);
            if !properties.contains_key(&key) {
                let value = self.extra(keywords, &key, flat, place, depth)?;
                made.insert(key, value);
            }
        }
        Ok(Value::Object(made))
    }

    /// What must be there because something else is.
    fn dependent(
        &mut self,
        keywords: &Map<String, Value>,
        made: &mut Map<String, Value>,
        flat: &Flat,
        place: &str,
        depth: usize,
    ) -> Result<(), Nothing> {
        let dependent =
            ["dependentRequired", "dependencies"].into_iter().filter_map(|key| keywords.get(key)?.as_object());
        let wanted = dependent.flatten().filter(|(key, _)| made.contains_key(*key));
        let keys: Vec<String> = wanted
            .filter_map(|(_, keys)| keys.as_array())
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        for key in keys {
            if !made.contains_key(&key) {
                let value = self.extra(keywords, &key, flat, place, depth)?;
                made.insert(key, value);
            }
        }
        Ok(())
    }

    /// The value of a key, by what is said of it: itself, a pattern of keys, or the others.
    fn extra(
        &mut self,
        keywords: &Map<String, Value>,
        key: &str,
        flat: &Flat,
        place: &str,
        depth: usize,
    ) -> Result<Value, Nothing> {
        let of = |keyword: &str| keywords.get(keyword).and_then(Value::as_object);
        let said = of("properties").and_then(|properties| properties.get(key)).map(|schema| ("properties", schema));
        let fits = |pattern: &String| regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(key));
        let patterned = || of("patternProperties")?.iter().find(|(pattern, _)| fits(pattern)).map(|(_, schema)| schema);
        let (keyword, schema) = said
            .or_else(|| patterned().map(|schema| ("patternProperties", schema)))
            .unwrap_or_else(|| ("additionalProperties", keywords.get("additionalProperties").unwrap_or(&Value::Null)));
        // Unknown keys that are dropped may hold anything.
        let any = Value::Bool(true);
        let schema = if schema.is_object() { schema } else { &any };
        self.value(schema, &format!("{}/{keyword}", flat.path), &member(place, key), depth + 1)
    }

    fn key(&mut self, keywords: &Map<String, Value>) -> String {
        let patterns = keywords.get("patternProperties").and_then(Value::as_object);
        let patterns: Vec<&String> = patterns.into_iter().flat_map(Map::keys).collect();
        let names = keywords.get("propertyNames").and_then(|names| names.get("pattern")).and_then(Value::as_str);
        let pattern = self.random.pick(&patterns).map(|pattern| pattern.as_str()).or(names);
        let made = pattern.and_then(|pattern| pattern::matching(pattern, self.size, self.random));
        made.unwrap_or_else(|| text::key(self.random))
    }

    fn items(&mut self, flat: &Flat, place: &str, depth: usize) -> Result<Value, Nothing> {
        let keywords = &flat.keywords;
        // Before 2020-12 `items` could be the list, and `additionalItems` what follows.
        let (first, rest) = match (keywords.get("prefixItems"), keywords.get("items")) {
            (None, Some(Value::Array(first))) => (first.as_slice(), keywords.get("additionalItems")),
            (Some(Value::Array(first)), rest) => (first.as_slice(), rest),
            (_, rest) => (&[][..], rest),
        };
        let contains = keywords.get("contains");
        let least = count(keywords, "minItems").unwrap_or(usize::from(contains.is_some()));
        let closed = rest == Some(&Value::Bool(false));
        let most = count(keywords, "maxItems").unwrap_or(usize::MAX).min(if closed { first.len() } else { usize::MAX });
        let more = if depth > DEEP { 0 } else { self.random.below(self.size) + self.random.below(2) };
        let typical = if self.random.chance(20) { least } else { least.max(first.len()) + more };
        let length = typical.min(most).max(least);
        let unique = keywords.get("uniqueItems") == Some(&Value::Bool(true));
        let any = Value::Bool(true);
        let mut made: Vec<Value> = Vec::new();
        for at in 0..length {
            let (schema, path) = match (first.get(at), contains) {
                (Some(schema), _) => (schema, format!("{}/prefixItems/{at}", flat.path)),
                (None, Some(contained)) if at + 1 == length => (contained, format!("{}/contains", flat.path)),
                (None, _) => (rest.unwrap_or(&any), format!("{}/items", flat.path)),
            };
            let place = format!("{place}/{at}");
            let mut value = self.value(schema, &path, &place, depth + 1)?;
            for _ in 0..20 {
                if !unique || !made.iter().any(|known| crate::json::equal(known, &value)) {
                    break;
                }
                value = self.value(schema, &path, &place, depth + 1)?;
            }
            if unique && made.len() >= least && made.iter().any(|known| crate::json::equal(known, &value)) {
                continue;
            }
            made.push(value);
        }
        Ok(Value::Array(made))
    }
}

fn no_number(flat: &Flat) -> Nothing {
    Nothing::at(&flat.path, "has bounds between which there is no number")
}

/// A keyword that counts.
fn count(keywords: &Map<String, Value>, key: &str) -> Option<usize> {
    let count = keywords.get(key)?.as_f64()?;
    (count >= 0.0).then_some(count as usize)
}
