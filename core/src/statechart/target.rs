//! Targets: `sibling.child`, `.child`, `#id.child`, and the texts XState has for those that lead nowhere.

use super::definition::{Kind, Outline};

/// Where a transition of `source` that names `target` leads.
pub(crate) fn resolve(outline: &Outline<'_>, source: u32, target: &str) -> Result<u32, String> {
    if target.starts_with('#') {
        return by_id(outline, target);
    }
    let sketch = &outline.sketches[source as usize];
    let inner = target.strip_prefix('.');
    match (sketch.parent, inner) {
        (None, Some(inner)) => by_path(outline, source, &segments(inner)),
        (None, None) => Err(format!(
            "Invalid target: \"{target}\" is not a valid target from the root node. Did you mean \".{target}\"?"
        )),
        (Some(parent), inner) => match inner {
            Some(inner) => by_path(outline, source, &segments(inner)),
            None => by_path(outline, parent, &segments(target)),
        }
        .map_err(|text| format!("Invalid transition definition for state node '{}':\n{text}", sketch.id)),
    }
}

/// Where a path from `node`, or an id, leads: the default of a history.
pub(crate) fn resolve_from(outline: &Outline<'_>, node: u32, target: &str) -> Result<u32, String> {
    if target.starts_with('#') { by_id(outline, target) } else { by_path(outline, node, &segments(target)) }
}

/// `#id`, `#id.child`: the whole text is tried as an id first, so that ids with dots work.
pub(crate) fn by_id(outline: &Outline<'_>, target: &str) -> Result<u32, String> {
    let whole = target.strip_prefix('#').unwrap_or(target);
    if let Some(node) = outline.ids.get(whole) {
        return Ok(*node);
    }
    let parts = segments(whole);
    let Some((id, path)) = parts.split_first() else { return Err(no_id(outline, whole)) };
    match outline.ids.get(id.as_str()) {
        Some(node) => by_path(outline, *node, path),
        None => Err(no_id(outline, id)),
    }
}

fn by_path(outline: &Outline<'_>, from: u32, path: &[String]) -> Result<u32, String> {
    let mut here = from;
    for key in path.iter().take_while(|key| !key.is_empty()) {
        if key.starts_with('#') {
            here = by_id(outline, key)?; // wherever it stands, as in XState
            continue;
        }
        here = outline
            .child(here, key)
            .ok_or_else(|| format!("Child state '{key}' does not exist on '{}'", outline.sketches[here as usize].id))?;
    }
    Ok(here)
}

fn no_id(outline: &Outline<'_>, id: &str) -> String {
    format!("Child state node '#{id}' does not exist on machine '{}'", outline.sketches[0].id)
}

/// Splits at dots; a backslash takes the next character as it is.
pub(crate) fn segments(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = path.chars();
    while let Some(next) = chars.next() {
        match (next, parts.last_mut()) {
            ('.', _) => parts.push(String::new()),
            ('\\', Some(part)) => part.extend(chars.next()),
            (plain, Some(part)) => part.push(plain),
            (_, None) => {}
        }
    }
    parts
}

/// Whether two states can be active together without one containing the other: the state where their ways part is
/// parallel.
pub(crate) fn orthogonal(outline: &Outline<'_>, one: u32, other: u32) -> bool {
    let below = |node: u32, of: u32| of <= node && node < outline.sketches[of as usize].end;
    if below(one, other) || below(other, one) {
        return false;
    }
    let mut above = outline.sketches[one as usize].parent;
    while let Some(node) = above {
        if below(other, node) {
            return outline.sketches[node as usize].kind == Kind::Parallel;
        }
        above = outline.sketches[node as usize].parent;
    }
    false
}
