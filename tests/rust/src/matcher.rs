//! Matchers of the recorded expectations (tests/vectors/README.md, section 1).

use std::collections::{BTreeSet, HashMap};

use arvo::{Limits, Subject};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Values by their label; they hold for one case, all of its steps.
#[derive(Default)]
pub(crate) struct Labels(HashMap<String, Value>);

/// Every place where `found` is not what was wanted, in a case of one comparison.
pub(crate) fn differences(wanted: &Value, found: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    compare(wanted, found, &mut Labels::default(), "", &mut problems);
    problems
}

/// Adds every place where `found` is not what was wanted.
pub(crate) fn compare(wanted: &Value, found: &Value, labels: &mut Labels, at: &str, problems: &mut Vec<String>) {
    let fits = match (wanted, found) {
        (Value::Object(matcher), _) if matcher.keys().any(|key| key.starts_with('$') && !is_plain_key(key)) => {
            return matched(matcher, found, labels, at, problems);
        }
        (Value::Object(wanted), Value::Object(found)) => return objects(wanted, found, labels, at, problems),
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                compare(wanted, found, labels, &format!("{at}/{index}"), problems);
            }
            return;
        }
        (Value::Number(wanted), Value::Number(found)) => wanted.as_f64() == found.as_f64(),
        (Value::String(wanted), Value::Object(_)) => message(found).is_some_and(|(text, _)| text == wanted),
        _ => wanted == found,
    };
    if !fits {
        problems.push(says(at, wanted, found));
    }
}

/// A failure's text with the places that it names, as expectations compare them.
pub(crate) fn message_of(text: &str, paths: impl IntoIterator<Item = String>) -> Value {
    let paths = paths.into_iter().map(|path| if path.is_empty() { "/".to_owned() } else { path });
    serde_json::json!({"text of a message": text, "paths": paths.collect::<BTreeSet<_>>()})
}

fn message(found: &Value) -> Option<(&str, BTreeSet<&str>)> {
    let text = found.get("text of a message")?.as_str()?;
    Some((text, found["paths"].as_array()?.iter().filter_map(Value::as_str).collect()))
}

/// `$schema` is a member of schemas, `$uuid:…` a key that is found by its label.
fn is_plain_key(key: &str) -> bool {
    key == "$schema" || key == "$ref" || key.starts_with("$uuid:")
}

fn says(at: &str, wanted: &Value, found: &Value) -> String {
    format!("{}: wanted {wanted}, found {found}", if at.is_empty() { "/" } else { at })
}

fn objects(
    wanted: &Map<String, Value>,
    found: &Map<String, Value>,
    labels: &mut Labels,
    at: &str,
    problems: &mut Vec<String>,
) {
    let mut left: Vec<&String> = found.keys().collect();
    for (key, wanted) in wanted {
        let name = match key.strip_prefix("$uuid:") {
            Some(label) => labelled_key(label, &left, labels),
            None => key.clone(),
        };
        match found.get(&name) {
            Some(found) => compare(wanted, found, labels, &format!("{at}/{name}"), problems),
            None if wanted.get("$open").is_some() => {}
            None => problems.push(format!("{at}/{name}: wanted {wanted}, found nothing")),
        }
        left.retain(|key| **key != name);
    }
    problems.extend(left.iter().map(|key| format!("{at}/{key}: wanted nothing, found {}", found[key.as_str()])));
}

fn labelled_key(label: &str, left: &[&String], labels: &mut Labels) -> String {
    if let Some(Value::String(known)) = labels.0.get(label) {
        return known.clone();
    }
    let name = left.iter().find(|key| is_uuid4(key)).map_or_else(|| format!("$uuid:{label}"), |key| (*key).clone());
    labels.0.insert(label.to_owned(), name.as_str().into());
    name
}

fn matched(matcher: &Map<String, Value>, found: &Value, labels: &mut Labels, at: &str, problems: &mut Vec<String>) {
    let text = found.as_str();
    let fits = if matcher.contains_key("$open") {
        true
    } else if matcher.contains_key("$any") {
        !found.is_null()
    } else if matcher.contains_key("$time") {
        text.is_some_and(is_written_time)
    } else if let Some(parts) = matcher.get("$traceparent") {
        match text.map(|text| text.split('-').collect::<Vec<_>>()).as_deref() {
            Some([version, trace, span, flags]) if *version == "00" => {
                let found = serde_json::json!({"trace": trace, "span": span, "flags": flags});
                return compare(parts, &found, labels, &format!("{at}$"), problems);
            }
            _ => false,
        }
    } else if let Some((label, length)) = id_label(matcher) {
        text.is_some_and(|text| is_id(text, length)) && labels.hold(label, found)
    } else if let Some(label) = matcher.get("$uuid").and_then(Value::as_str) {
        text.is_some_and(is_uuid4) && labels.hold(label, found)
    } else if let Some(label) = matcher.get("$subject").and_then(Value::as_str) {
        if let (Some(content), Some(text)) = (matcher.get("content"), text) {
            match Subject::parse(text, &Limits::DEFAULT) {
                Ok(subject) => {
                    let decoded = serde_json::from_str(&subject.to_json()).unwrap_or(Value::Null);
                    compare(content, &decoded, labels, &format!("{at}$"), problems);
                }
                Err(error) => problems.push(format!("{at}: wanted a subject, found {text:?}: {error}")),
            }
        }
        text.is_some() && labels.hold(label, found)
    } else if let Some(prefix) = matcher.get("$prefix").and_then(Value::as_str) {
        let issues = matcher.get("issues").and_then(Value::as_array);
        let wanted: Option<BTreeSet<&str>> =
            issues.map(|issues| issues.iter().filter_map(|issue| issue["path"].as_str()).collect());
        match message(found) {
            Some((text, paths)) => text.starts_with(prefix) && wanted.is_none_or(|wanted| wanted == paths),
            // Inside an event a message is text alone: it must name each place.
            None => text.is_some_and(|text| {
                let named = |path: &&str| text.contains(path.trim_start_matches('/'));
                text.starts_with(prefix) && wanted.is_none_or(|wanted| wanted.iter().all(named))
            }),
        }
    } else if let Some(hash) = matcher.get("$sha256OfUtf8") {
        let hex = text.map(|text| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        hex.is_some_and(|hex| *hash == *hex)
    } else {
        false // a matcher that this runner does not know must not pass
    };
    if !fits {
        problems.push(says(at, &Value::Object(matcher.clone()), found));
    }
}

impl Labels {
    /// What was wanted with each matcher in it replaced by what it matched; members keep their order.
    pub(crate) fn filled(&self, wanted: &Value, found: &Value) -> Value {
        match (wanted, found) {
            (Value::Object(matcher), _) if matcher.keys().any(|key| key.starts_with('$') && !is_plain_key(key)) => {
                found.clone()
            }
            (Value::Object(wanted), _) => {
                let member = |(key, wanted): (&String, &Value)| {
                    let label = key.strip_prefix("$uuid:").and_then(|label| self.0.get(label)?.as_str());
                    let key = label.unwrap_or(key);
                    (key.to_owned(), self.filled(wanted, &found[key]))
                };
                wanted.iter().map(member).collect::<Map<_, _>>().into()
            }
            (Value::Array(wanted), _) => {
                let item = |(index, wanted)| self.filled(wanted, &found[index]);
                wanted.iter().enumerate().map(item).collect()
            }
            _ => wanted.clone(),
        }
    }

    /// Whether a label has this value; the first value that it gets is kept.
    fn hold(&mut self, label: &str, found: &Value) -> bool {
        self.0.entry(label.to_owned()).or_insert_with(|| found.clone()) == found
    }
}

/// The label of a trace's or a span's id, and how long such an id is.
fn id_label(matcher: &Map<String, Value>) -> Option<(&str, usize)> {
    let of = |key: &str, length| Some((matcher.get(key)?.as_str()?, length));
    of("$traceId", 32).or_else(|| of("$spanId", 16))
}

fn is_id(text: &str, length: usize) -> bool {
    text.len() == length
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && text.bytes().any(|byte| byte != b'0')
}

/// A UUID of version 4, in lower case.
pub(crate) fn is_uuid4(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// `YYYY-MM-DDTHH:MM:SS.mmm+00:00`.
fn is_written_time(text: &str) -> bool {
    const FORM: &str = "0000-00-00T00:00:00.000+00:00";
    text.len() == FORM.len()
        && text.ends_with("+00:00")
        && text
            .bytes()
            .zip(FORM.bytes())
            .all(|(byte, form)| if form == b'0' { byte.is_ascii_digit() } else { byte == form })
}
