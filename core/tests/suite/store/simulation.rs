//! The store and its workers under chance: ten thousand seeds, every invariant after every step.

#![allow(clippy::disallowed_methods)] // two threads share the seeds

use arvo::testing::{Planted, Simulation, Tallies};

/// How many runs; more with `ARVO_SEEDS`.
fn seeds() -> u64 {
    std::env::var("ARVO_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000)
}

fn run(seeds: impl Iterator<Item = u64>) -> Tallies {
    let mut simulation = Simulation::new().unwrap();
    let mut tallies = Tallies::default();
    for seed in seeds {
        match simulation.run(seed) {
            Ok(seen) => tallies.add(&seen),
            Err(broken) => panic!("{broken}\nreplay it with ARVO_SEED={seed}"),
        }
    }
    tallies
}

#[test]
fn no_seed_breaks_an_invariant_and_everything_happens() {
    if let Some(seed) = std::env::var("ARVO_SEED").ok().and_then(|seed| seed.parse().ok()) {
        let mut simulation = Simulation::new().unwrap();
        simulation.trace(true);
        if let Err(broken) = simulation.run(seed) {
            panic!("{broken}");
        }
        return;
    }
    let all = seeds();
    let odd = std::thread::spawn(move || run((0..all).filter(|seed| seed % 2 == 1)));
    let mut tallies = run((0..all).filter(|seed| seed % 2 == 0));
    match odd.join() {
        Ok(others) => tallies.add(&others),
        Err(panic) => std::panic::resume_unwind(panic),
    }
    if all >= 2_000 {
        assert_eq!(tallies.missing(), [], "these never happened");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let mut simulation = Simulation::new().unwrap();
    for seed in 0..20 {
        assert_eq!(simulation.run(seed).unwrap(), simulation.run(seed).unwrap(), "seed {seed}");
    }
}

#[test]
fn every_planted_fault_is_found() {
    for planted in Planted::ALL {
        let mut simulation = Simulation::new().unwrap();
        simulation.plant(Some(planted));
        let found = (0..500).find_map(|seed| simulation.run(seed).err());
        let found = found.unwrap_or_else(|| panic!("{planted:?} was not found"));
        println!("{planted:?}: {} seeds, {}", found.seed + 1, found.rule.chars().take(100).collect::<String>());
    }
}
