//! Numbers within bounds; often those at the edges, where mistakes are.

use serde_json::{Map, Value};

use crate::json;
use crate::random::Random;

/// Beyond it JavaScript's numbers are not whole any more.
const SAFE: f64 = 9_007_199_254_740_991.0;

struct Bounds {
    least: Option<f64>,
    most: Option<f64>,
    above: Option<f64>,
    below: Option<f64>,
}

impl Bounds {
    fn of(keywords: &Map<String, Value>) -> Self {
        let number = |key: &str| keywords.get(key).and_then(Value::as_f64);
        // Draft 4 says `exclusiveMinimum: true` beside `minimum`.
        let excludes = |key: &str| keywords.get(key) == Some(&Value::Bool(true));
        Self {
            least: number("minimum"),
            most: number("maximum"),
            above: number("exclusiveMinimum").or(number("minimum").filter(|_| excludes("exclusiveMinimum"))),
            below: number("exclusiveMaximum").or(number("maximum").filter(|_| excludes("exclusiveMaximum"))),
        }
    }

    fn low(&self) -> Option<f64> {
        self.least.into_iter().chain(self.above).reduce(f64::max)
    }

    fn high(&self) -> Option<f64> {
        self.most.into_iter().chain(self.below).reduce(f64::min)
    }

    fn hold(&self, number: f64) -> bool {
        number.is_finite()
            && self.least.is_none_or(|least| number >= least)
            && self.most.is_none_or(|most| number <= most)
            && self.above.is_none_or(|above| number > above)
            && self.below.is_none_or(|below| number < below)
    }
}

/// A whole number; none if there is none.
pub(super) fn integer(keywords: &Map<String, Value>, random: &mut Random) -> Option<Value> {
    let step = keywords.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0);
    // Whole multiples of 2.5 are those of 5; of 0.1 all.
    let step =
        step.map_or(1.0, |step| (1..=1_000).map(|n| step * f64::from(n)).find(|n| n.fract() == 0.0).unwrap_or(step));
    multiple(&Bounds::of(keywords), step, random)
}

/// A number; none if there is none.
pub(super) fn number(keywords: &Map<String, Value>, random: &mut Random) -> Option<Value> {
    let bounds = Bounds::of(keywords);
    if let Some(step) = keywords.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0) {
        return multiple(&bounds, step, random);
    }
    let (low, high) = (bounds.low(), bounds.high());
    let within = |random: &mut Random| {
        let low = low.unwrap_or_else(|| high.map_or(-1_000.0, |high| high - 1_000.0));
        let high = high.unwrap_or(low + 1_000.0);
        let share = random.below(1_000_001) as f64 / 1_000_000.0;
        let number = low + (high - low) * share;
        let places = [1.0, 10.0, 100.0, 1e9][random.below(4)];
        let rounded = (number * places).round() / places;
        if bounds.hold(rounded) { rounded } else { number }
    };
    let edges = [0.0, 1.0, -1.0, 0.1, -0.5, 1e-7, 1e21, -1e21, SAFE, f64::MAX, f64::MIN, f64::MIN_POSITIVE];
    for _ in 0..20 {
        let tried = match random.below(4) {
            0 => edges[random.below(edges.len())],
            1 => low.or(high).unwrap_or(0.0),
            2 => high.or(low).unwrap_or(0.0),
            _ => within(random),
        };
        if bounds.hold(tried) {
            return Some(json::number(tried));
        }
    }
    let middle = match (low, high) {
        (Some(low), Some(high)) => low + (high - low) / 2.0,
        (Some(low), None) => low + low.abs().max(1.0),
        (None, Some(high)) => high - high.abs().max(1.0),
        (None, None) => 0.0,
    };
    bounds.hold(middle).then(|| json::number(middle))
}

/// A multiple of `step`.
fn multiple(bounds: &Bounds, step: f64, random: &mut Random) -> Option<Value> {
    let reach = (SAFE / step.max(1.0)).floor();
    let mut first = bounds.low().map_or(-reach, |low| (low / step).ceil().max(-reach));
    let mut last = bounds.high().map_or(reach, |high| (high / step).floor().min(reach));
    if bounds.above.is_some_and(|above| first * step <= above) {
        first += 1.0;
    }
    if bounds.below.is_some_and(|below| last * step >= below) {
        last -= 1.0;
    }
    if first > last {
        return None;
    }
    let near = 0.0_f64.clamp(first, last);
    let times = match random.below(12) {
        0 => near,
        1 => first,
        2 => last,
        3 => (first + 1.0).min(last),
        4 => (last - 1.0).max(first),
        5 => near + random.between(-10, 10) as f64,
        // Of every size alike, and of every value alike.
        6..9 => {
            let most = 1_i64 << random.below(54);
            near + random.between(-most, most) as f64
        }
        _ => random.between(first as i64, last as i64) as f64,
    };
    let found = times.clamp(first, last) * step;
    // 3 × 0.1 is 0.30000000000000004: the decimal is meant.
    let places = 1e9;
    let rounded = (found * places).round() / places;
    let found = if rounded.is_finite() && found.abs() < 1e6 { rounded } else { found };
    Some(json::number(found))
}
